import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Datakeep } from '../datakeep.ts';

const profile = 'diary.example/note';
const note = { profile, payload: { text: 'a' } };
const summary = { lines: 1, accepted: 1, duplicates: 0 };
const problem = { code: 'invalid', status: 422, title: 't', detail: 'd', instance: 'i' };
const deleted = { change: 'deleted', event: { id: 'e1', metadata: {} }, place: 'p1' };

/** A keep that answers each request with this body. */
const keepOf = (body: string, status = 200): Datakeep =>
  Datakeep.connect({
    url: 'http://keep.example',
    token: 'x',
    retries: 0,
    fetch: async (_url, init) => {
      init?.signal?.throwIfAborted();
      await new Response(init?.body).text();
      return new Response(body, { status });
    },
  });

describe('a signal that outlives requests', () => {
  const { signal } = new AbortController();

  it.each<[string, () => Promise<unknown>]>([
    ['a request', () => keepOf('{}').me(signal)],
    ['a refused request', () => keepOf(JSON.stringify(problem), 422).me(signal)],
    ['an ingest', () => keepOf(JSON.stringify({ summary })).events.ingest([note], { signal })],
    [
      'an ingest that stops',
      () => keepOf(JSON.stringify({ problem, stored: summary, line: 2 })).events.ingest([note], { signal }),
    ],
    ['an ingest that is refused', () => keepOf(JSON.stringify(problem), 403).events.ingest([note], { signal })],
    [
      'a change feed that is left',
      async () => {
        const body = `id: p1\nevent: deleted\ndata: ${JSON.stringify(deleted)}\n\n`;
        for await (const change of keepOf(body).events.changes({ profile, signal })) return change;
        throw new Error('no change came');
      },
    ],
  ])('keeps no listener of %s', async (_, act) => {
    await act().catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('opens no change feed once it is aborted', async () => {
    const changes = keepOf(': beat\n\n').events.changes({ profile, signal: AbortSignal.abort(new Error('left')) });
    await expect(changes[Symbol.asyncIterator]().next()).rejects.toThrow('left');
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Datakeep } from '../datakeep.ts';
import { IngestStopped } from './ingest.ts';

const profile = 'diary.example/note';
const notes = (...texts: readonly unknown[]) => texts.map((text) => ({ profile, payload: { text } }));

interface Sent {
  readonly events: readonly { readonly payload: { readonly text: unknown } }[];
}

describe('events that come as a stream', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('are stored up to the refused line in a browser too, which sends them in batches', async () => {
    vi.stubGlobal('importScripts', () => undefined);
    const stored: unknown[] = [];
    const keep = Datakeep.connect({
      url: 'http://keep.example',
      token: 'x',
      fetch: async (_url, init) => {
        const { events } = JSON.parse(String(init?.body)) as Sent;
        const errors = events.flatMap(({ payload }, index) =>
          typeof payload.text === 'string' ? [] : [{ index, pointer: '/text', code: 'type', detail: 'is no text' }],
        );
        if (errors.length > 0)
          return new Response(JSON.stringify({ code: 'invalid', status: 422, errors: errors.toReversed() }), {
            status: 422,
          });
        stored.push(...events.map(({ payload }) => payload.text));
        return new Response(JSON.stringify({ accepted: events.length, duplicates: 0 }));
      },
    });
    const stopped = await keep.events.ingest(notes('a', 'b', 3, 'd', 5)).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(IngestStopped);
    expect(stopped).toMatchObject({ line: 3, stored: { lines: 2, accepted: 2 } });
    expect(stored).toEqual(['a', 'b']);
  });

  it('end with the error of who makes them, and not as if the keep were away', async () => {
    const keep = Datakeep.connect({
      url: 'http://keep.example',
      token: 'x',
      fetch: async (_url, init) => {
        await new Response(init?.body).text();
        throw new Error('the stream ended');
      },
    });
    async function* events() {
      yield* notes('a');
      throw new Error('the file cannot be read');
    }
    await expect(keep.events.ingest(events())).rejects.toMatchObject({ message: 'the file cannot be read' });
  });
});

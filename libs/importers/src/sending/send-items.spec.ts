import { describe, expect, test } from 'vitest';
import { ImportFault, type ImportedEvent, type ImportItem } from '../importer.ts';
import { previewOf } from '../preview.ts';
import type { EventSink, Stored } from './event-sink.ts';
import { createdLine, firstLine, readImportLog, type Created } from './import-log.ts';
import { sendItems } from './send-items.ts';
import { Tally } from './tally.ts';
import { undo } from './undo.ts';

class Refused extends Error {
  readonly code: string;
  readonly status: number;
  readonly errors: readonly { index: number; pointer: string; detail: string }[];

  constructor(status: number, code = '', indexes: readonly number[] = []) {
    super(`refused with ${status}`);
    this.status = status;
    this.code = code;
    this.errors = indexes.map((index) => ({ index, pointer: '/value', detail: 'is odd' }));
  }
}

const eventOf = (line: number): ImportedEvent => ({
  kind: 'event',
  profile: line % 2 === 0 ? 'library/even' : 'library/odd',
  identifier: `test:${line}`,
  createdDate: '2026-03-01T00:00:00.000Z',
  payload: { value: line },
  line,
});
async function* eventsOf(count: number): AsyncGenerator<ImportItem, void, undefined> {
  for (let line = 1; line <= count; line += 1) yield eventOf(line);
}
const stored = (events: readonly ImportedEvent[]): Stored => ({
  accepted: events.length,
  duplicates: 0,
  events: events.map(({ line }) => ({ id: `id${line}`, status: 'created' })),
});
const sinkOf = (create: EventSink['create'], remove?: EventSink['delete']): EventSink => ({
  create,
  delete: remove ?? (() => Promise.resolve()),
});
async function send(items: AsyncIterable<ImportItem>, create: EventSink['create'], signal?: AbortSignal) {
  const tally = new Tally();
  const noted: Created[] = [];
  const note = (line: Created): void => void noted.push(line);
  const done = sendItems(items, { sink: sinkOf(create), tally, note, onProgress: () => undefined, signal });
  const error: unknown = await done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { tally, noted, error };
}

describe('events of a file', () => {
  test('are known where an identifier is taken by what they were before their source changed them', async () => {
    const { tally, error } = await send(eventsOf(50), async (events) => {
      const changed = events.flatMap(({ line }, index) => (line % 2 === 0 ? [index] : [])).slice(0, 20);
      if (changed.length > 0) throw new Refused(409, 'identifier-conflict', changed);
      return Promise.resolve(stored(events));
    });
    expect([error, tally.added, tally.known, tally.refused]).toEqual([undefined, 25, 25, 0]);
    const other = await send(eventsOf(3), () => Promise.reject(new Refused(409, 'profile-differs', [0])));
    expect(other.error).toMatchObject({ code: 'profile-differs' });
  });

  test('are sent in batches of 1,000, three at a time, and what was added is noted by profile', async () => {
    let [flying, most] = [0, 0];
    const sizes: number[] = [];
    const { tally, noted } = await send(eventsOf(7500), async (events) => {
      sizes.push(events.length);
      most = Math.max(most, (flying += 1));
      await new Promise(setImmediate);
      flying -= 1;
      return stored(events);
    });
    expect([most, sizes]).toEqual([3, [...Array.from({ length: 7 }, () => 1000), 500]]);
    expect(tally.added).toBe(7500);
    expect(new Set(noted.flatMap(({ created }) => created)).size).toBe(7500);
    expect(noted[0]).toMatchObject({ profile: 'library/odd', created: expect.arrayContaining(['id1', 'id999']) });
  });

  test('that the keep refuses are set aside by line, whichever batch ends first, and the rest is stored', async () => {
    const { tally } = await send(eventsOf(3000), async (events) => {
      const odd = events.flatMap(({ line }, index) => (line % 1000 === 1 ? [index] : []));
      if (events[0]!.line === 1) for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      if (odd.length > 0) throw new Refused(422, 'invalid', odd);
      return stored(events);
    });
    expect(tally).toMatchObject({ added: 2997, refused: 3 });
    expect(tally.refusals.map(({ line }) => line)).toEqual([1, 1001, 2001]);
  });

  test('are halved where they are too large together, and one that is too large alone is set aside', async () => {
    const { tally } = await send(eventsOf(1000), async (events) => {
      if (events.length > 300 || events.some(({ line }) => line === 7)) throw new Refused(413);
      return stored(events);
    });
    expect(tally).toMatchObject({ added: 999, refusals: [{ line: 7 }] });
  });

  test('are halved where they take too long together, which names none of them', async () => {
    const { tally } = await send(eventsOf(1000), async (events) => {
      if (events.length > 300) throw new Refused(422, 'validation');
      return Promise.resolve(stored(events));
    });
    expect(tally).toMatchObject({ added: 1000, refusals: [] });
  });

  test('after a failure are sent no more, and what was on its way is noted', async () => {
    const sent: number[] = [];
    const { tally, noted, error } = await send(eventsOf(20_000), async (events) => {
      sent.push(events[0]!.line);
      if (events[0]!.line === 1) throw new Refused(403, 'permission-missing');
      await new Promise(setImmediate);
      return stored(events);
    });
    expect(error).toMatchObject({ code: 'permission-missing' });
    expect(sent.length).toBeLessThanOrEqual(3);
    expect(noted.flatMap(({ created }) => created)).toHaveLength(tally.added);
  });

  test('are sent no more once it is stopped', async () => {
    const stop = new AbortController();
    const { error, tally } = await send(
      eventsOf(20_000),
      async (events) => {
        stop.abort(new Error('enough'));
        return stored(events);
      },
      stop.signal,
    );
    expect(error).toMatchObject({ message: 'enough' });
    expect(tally.added).toBeLessThanOrEqual(3000);
  });

  test('are previewed with the first rows, and no further than is enough', async () => {
    expect(await previewOf(eventsOf(10), 2)).toMatchObject({
      counts: { 'library/even': 5, 'library/odd': 5 },
      rows: [{ line: 1 }, { line: 2 }],
      isWhole: true,
    });
    let seen = 0;
    const some = await previewOf(eventsOf(10), 2, () => (seen += 1) === 4);
    expect(some).toMatchObject({ counts: { 'library/even': 2, 'library/odd': 2 }, isWhole: false });
  });
});

describe('an import', () => {
  async function* linesOf(...lines: readonly string[]): AsyncGenerator<string, void, undefined> {
    for (const line of lines) yield line.trimEnd();
  }
  const begin = firstLine('http://keep', 'walk.gpx');

  test('is undone by its report, but for events that were changed, with a right on each profile', async () => {
    const report = linesOf(
      begin,
      createdLine({ profile: 'library/odd', created: ['a', 'gone', 'changed'] }),
      createdLine({ profile: 'library/even', created: ['b'] }),
      '{"profile":"library/od',
    );
    const asked: string[] = [];
    const sink = sinkOf(
      () => Promise.reject(new Error('nothing is sent')),
      async (id, { version }) => {
        expect(version).toBe(1);
        if (id === 'gone') throw new Refused(404, 'not-found');
        if (id === 'changed') throw new Refused(412, 'version-mismatch');
      },
    );
    const undone = await undo(readImportLog(report, 'report', 'http://keep'), {
      sink,
      ensureDelete: (profile) => Promise.resolve(void asked.push(profile)),
      onProgress: () => undefined,
    });
    expect(undone).toEqual({ deleted: 2, gone: 1, changed: 1 });
    expect(asked).toEqual(['library/odd', 'library/even']);
  });

  test('is not undone by what is no report, or one of another keep', async () => {
    const read = (line: string) => readImportLog(linesOf(line), 'x.ndjson', 'http://other').next();
    for (const line of ['{"a":1}', '5', 'null', '{"datakeep']) await expect(read(line)).rejects.toThrow('no report');
    await expect(read(begin)).rejects.toThrow(ImportFault);
    const same = readImportLog(linesOf(begin, '7'), 'x.ndjson', 'http://KEEP/');
    expect(await same.next()).toMatchObject({ done: true });
  });
});

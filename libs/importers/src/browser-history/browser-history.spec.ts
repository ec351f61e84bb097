import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf } from '../testing.ts';
import { readBrowserHistory } from './browser-history.ts';

const folder = mkdtempSync(join(tmpdir(), 'datakeep-histories-'));
// Of this suite alone, so that what is left behind is seen.
const temporary = join(folder, 'temporary');
mkdirSync(temporary);
afterAll(() => rmSync(folder, { recursive: true }));

const makeFolder = (): string => mkdtempSync(join(temporary, 'copy-'));
const fileAt = (path: string): Source => ({
  ...sourceOf(readFileSync(path), 'History', 65_536),
  disk: {
    beside: (suffix) => Promise.resolve(existsSync(path + suffix) ? fileAt(path + suffix) : undefined),
    makeFolder,
  },
});
let made = 0;
function historyOf(sql: string): Source {
  made += 1;
  const path = join(folder, `${made}.sqlite`);
  const database = new DatabaseSync(path, { defensive: false });
  database.exec(sql);
  database.close();
  return fileAt(path);
}
const read = (source: Source): Promise<ImportItem[]> => itemsOf(readBrowserHistory(source));
const leftBehind = (): string[] => readdirSync(temporary);

const ms = Date.UTC(2026, 2, 1, 10);
const chromium = `CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR);
  CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER NOT NULL, visit_time INTEGER NOT NULL,
    from_visit INTEGER, transition INTEGER DEFAULT 0 NOT NULL, visit_duration INTEGER DEFAULT 0 NOT NULL);`;
const chromeTime = (offset = 0): string => String((BigInt(ms + offset) + 11_644_473_600_000n) * 1000n + 321n);

describe('the history of a browser', () => {
  test('is visits of Chromium, with referrer and time spent, and without frames', async () => {
    const source = historyOf(`${chromium}
      INSERT INTO urls VALUES (1, 'https://example.org/', 'Start'), (2, 'https://example.org/next', '');
      INSERT INTO visits VALUES (1, 1, ${chromeTime()}, 0, ${0x30000001}, 12500000),
        (2, 2, ${chromeTime(1000)}, 1, 0, 0), (3, 2, ${chromeTime(2000)}, 2, 3, 0);`);
    expect(await recognise(source)).toBe('browser-history');
    expect(await read(source)).toEqual([
      {
        kind: 'event',
        profile: 'library/web-visit',
        identifier: expect.stringMatching(/^browser-history:[\w-]{43}$/),
        createdDate: '2026-03-01T10:00:00.000Z',
        payload: { url: 'https://example.org/', title: 'Start', spent: 12.5, browser: 'Chromium' },
        line: 1,
      },
      expect.objectContaining({
        createdDate: '2026-03-01T10:00:01.000Z',
        payload: { url: 'https://example.org/next', referrer: 'https://example.org/', browser: 'Chromium' },
      }),
      { kind: 'note', text: '1 frames and downloads left out: nobody opened them as pages.' },
    ]);
    expect(leftBehind()).toEqual([]);
  });

  test('is visits of Firefox and of Safari, by their own counts of time', async () => {
    const firefox = historyOf(`CREATE TABLE moz_places(id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR);
      CREATE TABLE moz_historyvisits(id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER,
        visit_type INTEGER);
      INSERT INTO moz_places VALUES (7, 'https://example.org/', 'Start');
      INSERT INTO moz_historyvisits VALUES (1, 0, 7, ${ms}321, 1), (2, 0, 7, ${ms}321, 7);`);
    const at = '2026-03-01T10:00:00.000Z';
    expect(await read(firefox)).toMatchObject([
      { createdDate: at, payload: { url: 'https://example.org/', title: 'Start', browser: 'Firefox' } },
      { kind: 'note' },
    ]);
    const safari = historyOf(`CREATE TABLE history_items(id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL);
      CREATE TABLE history_visits(id INTEGER PRIMARY KEY AUTOINCREMENT, history_item INTEGER NOT NULL,
        visit_time REAL NOT NULL, title TEXT);
      INSERT INTO history_items VALUES (7, 'https://example.org/');
      INSERT INTO history_visits VALUES (1, 7, ${(ms - Date.UTC(2001, 0, 1)) / 1000}.25, 'Start');`);
    expect(await read(safari)).toMatchObject([
      { createdDate: '2026-03-01T10:00:00.250Z', payload: { title: 'Start', browser: 'Safari' } },
    ]);
  });

  test('is read while its browser is open, with what stands in the log beside it', async () => {
    const path = join(folder, 'open.sqlite');
    const browser = new DatabaseSync(path);
    browser.exec(
      `PRAGMA journal_mode = WAL; ${chromium} INSERT INTO urls VALUES (1, 'https://example.org/', 'Start');`,
    );
    browser.exec(`INSERT INTO visits VALUES (1, 1, ${chromeTime()}, 0, 0, 0);`);
    try {
      expect(await read(fileAt(path))).toHaveLength(1);
    } finally {
      browser.close();
    }
  });

  test('is read in pages, and the same visit has the same identifier in any copy', async () => {
    const values = Array.from({ length: 1234 }, (_, index) => `(${index + 1}, 1, ${chromeTime(index)}, 0, 0, 0)`);
    const visits = `${chromium} INSERT INTO urls VALUES (1, 'https://example.org/', 'Start');
      INSERT INTO visits VALUES ${values.join(',')};`;
    const items = await read(historyOf(visits));
    expect(items).toHaveLength(1234);
    const later = await read(historyOf(`${visits} UPDATE visits SET id = id + 1000000 WHERE id > 700;`));
    const identifiers = (all: readonly ImportItem[]): unknown[] =>
      all.map((item) => 'identifier' in item && item.identifier).toSorted();
    expect(identifiers(later)).toEqual(identifiers(items));
  });

  test('is read but for visits with a fault, which are refused with their number', async () => {
    const source = historyOf(`${chromium}
      INSERT INTO urls VALUES (1, 'https://example.org/${'a'.repeat(10_000)}', ''), (2, '', ''),
        (3, 'file:///a', x'00');
      INSERT INTO visits VALUES (1, 1, ${chromeTime()}, 0, 0, 0), (2, 2, ${chromeTime()}, 0, 0, 0),
        (3, 3, 'x', 0, 0, 0),
        (4, 3, ${Number.MAX_SAFE_INTEGER}, 0, 0, 0), (5, 99, ${chromeTime()}, 0, 0, 0);`);
    expect((await read(source)).map((item) => ('reason' in item ? [item.line, item.reason] : item.kind))).toEqual([
      [1, 'The address is longer than 10,000 characters.'],
      [2, 'The visit has no address.'],
      'event',
      'event',
    ]);
  });

  test('without a file on a disk is sent to the command', async () => {
    const { disk: _disk, ...inBrowser } = historyOf(chromium);
    await expect(read(inBrowser)).rejects.toThrow('by the command only');
  });
});

describe('a database that is made to harm', () => {
  test.each([
    [
      'has a view in place of its table',
      `${chromium} DROP TABLE visits; CREATE VIEW visits AS
      WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 1 AS url, 1 AS visit_time FROM n`,
    ],
    [
      'has a virtual table in place of its table',
      `${chromium} DROP TABLE visits;
      CREATE VIRTUAL TABLE visits USING fts5(url, visit_time, from_visit, transition, visit_duration)`,
    ],
    [
      'has columns that compute',
      `${chromium} DROP TABLE urls; CREATE TABLE urls(id INTEGER PRIMARY KEY, title TEXT,
      url TEXT GENERATED ALWAYS AS (hex(zeroblob(50000000))) VIRTUAL); INSERT INTO urls VALUES (1, 'x');
      INSERT INTO visits VALUES (1, 1, ${chromeTime()}, 0, 0, 0)`,
    ],
    [
      'has no numbers for its rows',
      `${chromium} DROP TABLE visits;
      CREATE TABLE visits(id INTEGER PRIMARY KEY, url, visit_time, from_visit, transition, visit_duration)
        WITHOUT ROWID`,
    ],
    ['is of another program', 'CREATE TABLE visits(id)'],
    [
      'has a number beyond those that count exactly',
      `${chromium} INSERT INTO urls VALUES (1, 'https://a.example', '');
      INSERT INTO visits VALUES (9223372036854775807, 1, 1, 0, 0, 0)`,
    ],
  ])('is refused where it %s', async (_what, sql) => {
    await expect(read(historyOf(sql))).rejects.toThrow(ImportFault);
    expect(leftBehind()).toEqual([]);
  });

  test('is refused where it is damaged, and what to do is said', async () => {
    const whole = historyOf(`${chromium} INSERT INTO urls VALUES (1, 'https://example.org/', 'Start');`);
    const { size, read: readRange } = whole.range!;
    const bytes = await readRange(0, size);
    for (const content of [
      bytes.subarray(0, 5000),
      Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length)]),
    ]) {
      const source = {
        ...sourceOf(content, 'History', 65_536),
        disk: { beside: () => Promise.resolve(undefined), makeFolder },
      };
      await expect(read(source)).rejects.toThrow('close the browser, and try again');
    }
    expect(leftBehind()).toEqual([]);
  });
});

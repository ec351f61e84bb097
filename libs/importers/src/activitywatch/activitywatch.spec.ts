import { describe, expect, test } from 'vitest';
import type { ImportItem } from '../importer.ts';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf } from '../testing.ts';
import { readActivityWatch } from './activitywatch.ts';

const read = (content: unknown): Promise<ImportItem[]> =>
  itemsOf(readActivityWatch(sourceOf(typeof content === 'string' ? content : JSON.stringify(content, undefined, 1))));
const bucket = (id: string, type: string, hostname: string, events: readonly object[]): object => ({
  [id]: { id, created: '2026-01-01T00:00:00Z', name: null, type, client: 'aw-client', hostname, data: {}, events },
});
const at = { id: 7, timestamp: '2026-03-01T10:00:00.123456+00:00', duration: 12.5 };

describe('an export of ActivityWatch', () => {
  test('is use of applications and visits of the web, each by its device', async () => {
    const content = {
      buckets: {
        ...bucket('aw-watcher-window_desk', 'currentwindow', 'desk', [{ ...at, data: { app: 'Firefox', title: 'A' } }]),
        ...bucket('aw-watcher-afk_desk', 'afkstatus', 'desk', [
          { ...at, data: { status: 'afk' } },
          { ...at, data: { status: 'not-afk' } },
        ]),
        ...bucket('aw-watcher-web-firefox_desk', 'web.tab.current', 'unknown', [
          { ...at, data: { url: 'https://example.org/', title: 'B', audible: false, incognito: false, tabCount: 3 } },
        ]),
        ...bucket('aw-watcher-input_desk', 'os.hid.input', 'desk', [{ ...at, data: { presses: 3 } }]),
      },
    };
    expect(await recognise(sourceOf(JSON.stringify(content)))).toBe('activitywatch');
    expect(await read(content)).toEqual([
      {
        kind: 'event',
        profile: 'library/app-use',
        identifier: expect.stringMatching(/^activitywatch:[\w-]{43}$/),
        createdDate: '2026-03-01T10:00:00.123Z',
        payload: { application: 'Firefox', title: 'A', state: 'active', spent: 12.5, device: 'desk' },
        line: 12,
      },
      expect.objectContaining({ payload: { state: 'idle', spent: 12.5, device: 'desk' } }),
      expect.objectContaining({ payload: { state: 'active', spent: 12.5, device: 'desk' } }),
      expect.objectContaining({
        profile: 'library/web-visit',
        payload: { url: 'https://example.org/', title: 'B', spent: 12.5, browser: 'firefox' },
      }),
      { kind: 'note', text: '1 events of os.hid.input left out: the library has no profile of them.' },
    ]);
  });

  test('has the same identifiers where the events were numbered anew and the last one grew', async () => {
    const identifiers = async (event: object): Promise<unknown[]> => {
      const events = [{ ...at, data: { app: 'Code', title: 'x' }, ...event }];
      const items = await read({ buckets: bucket('aw-watcher-window_desk', 'currentwindow', 'desk', events) });
      return items.map((item) => 'identifier' in item && item.identifier);
    };
    expect(await identifiers({ id: 99, duration: 80, timestamp: '2026-03-01T10:00:00.123Z' })).toEqual(
      await identifiers({}),
    );
    expect(await identifiers({ data: { app: 'Code', title: 'y' } })).not.toEqual(await identifiers({}));
  });

  test('is read where its types are names that objects have, and its titles were cut within a character', async () => {
    const content = {
      buckets: {
        ...bucket('a', 'constructor', 'desk', [{ ...at, data: {} }]),
        ...bucket('b', 'currentwindow', 'desk', [{ ...at, data: { app: 'Chat', title: 'Horse \ud83d' } }]),
      },
    };
    expect(await read(content)).toMatchObject([
      { payload: { title: 'Horse \ufffd' } },
      { kind: 'note', text: expect.stringContaining('constructor') },
    ]);
  });

  test('is read where a bucket tells its type behind its events, and where the file was cut', async () => {
    const event = JSON.stringify({ ...at, data: { app: 'Code' } });
    const items = await read(`{"buckets": {"aw-watcher-window_desk": {"events": [${event}, {"id": 8`);
    expect(items).toMatchObject([{ payload: { application: 'Code' } }, { kind: 'refused' }]);
  });

  test('is read but for events with a fault, which are refused with their bucket and number', async () => {
    const events = [
      { duration: 1, data: { app: 'A' } },
      { ...at, duration: -1, data: { app: 'A' } },
      { ...at, data: { title: 'A' } },
      { ...at, data: { app: 'A' } },
    ];
    const buckets = {
      ...bucket('window', 'currentwindow', 'desk', events),
      ...bucket('afk', 'afkstatus', 'desk', [{ ...at, data: { status: 'asleep' } }]),
      ...bucket('web', 'web.tab.current', 'desk', [{ ...at, data: { title: 'no address' } }]),
    };
    const items = await read({ buckets });
    expect(items.map((item) => ('reason' in item ? item.reason : item.kind))).toEqual([
      'window events[0]: it has no timestamp.',
      'window events[1]: it has no duration.',
      'window events[2]: it names no app.',
      'event',
      'afk events[0]: its status is neither afk nor not-afk.',
      'web events[0]: it has no url.',
    ]);
  });

  test('without events, and other JSON with buckets, makes nothing and says so', async () => {
    await expect(read({ buckets: {} })).rejects.toThrow('no events');
    await expect(read('{"buckets": [1]}')).rejects.toThrow('no events');
  });
});

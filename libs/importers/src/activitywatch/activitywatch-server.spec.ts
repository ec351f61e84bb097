import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf } from '../testing.ts';
import { readActivityWatch } from './activitywatch.ts';
import { activityWatchServer } from './activitywatch-server.ts';

interface AwEvent {
  readonly id: number;
  readonly timestamp: string;
  readonly duration: number;
  readonly data: object;
}
interface Bucket {
  readonly type: string;
  readonly events: readonly AwEvent[];
}

const first = Date.UTC(2026, 2, 1);
const eventAt = (id: number, second: number, duration: number): AwEvent => ({
  id,
  timestamp: new Date(first + second * 1000).toISOString().replace('Z', '123+00:00'),
  duration,
  data: { app: 'Code', title: `${id}` },
});

/** Routes of ActivityWatch's REST interface, which cuts events at the end of what is asked for, as both servers do. */
function activityWatch(buckets: Readonly<Record<string, Bucket>>, asked: string[] = [], isOld = false): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    asked.push(url.pathname + url.search);
    const [, id = '', event] = /^\/api\/0\/buckets\/(?:([^/]+)\/events(?:\/(\d+))?)?$/.exec(url.pathname) ?? [];
    const bucket = buckets[decodeURIComponent(id)];
    const answer = (): unknown => {
      if (id === '')
        return Object.fromEntries(
          Object.entries(buckets).map(([name, { type }]) => [name, { id: name, type, hostname: 'desk', data: {} }]),
        );
      if (event !== undefined && isOld) return undefined;
      if (event !== undefined) return bucket?.events.find((one) => one.id === Number(event));
      const end = Date.parse(url.searchParams.get('end') ?? '9999-01-01T00:00:00Z') + 1;
      return bucket?.events
        .filter(({ timestamp }) => Date.parse(timestamp) <= end)
        .toSorted((one, other) => Date.parse(other.timestamp) - Date.parse(one.timestamp))
        .slice(0, Number(url.searchParams.get('limit')))
        .map(({ duration, ...one }) =>
          Object.assign(one, { duration: Math.min(duration, (end - Date.parse(one.timestamp)) / 1000) }),
        );
    };
    const body = JSON.stringify(answer());
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body ?? '{}');
  });
}

describe('an ActivityWatch on this machine', () => {
  const servers: Server[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server[Symbol.asyncDispose]())));

  async function listening(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('is read in pages as the same events as its export, also such as reach over the end of a page', async () => {
    // Each takes three seconds and begins two after the one before, so that each reaches into the next.
    const events = Array.from({ length: 2500 }, (_, index) => eventAt(index, index * 2, 3));
    const buckets = { 'aw-watcher-window_desk': { type: 'currentwindow', events } };
    const asked: string[] = [];
    const source = activityWatchServer(await listening(activityWatch(buckets, asked)));
    expect(await recognise(source)).toBe('activitywatch');
    const id = 'aw-watcher-window_desk';
    const exported = JSON.stringify({ buckets: { [id]: { hostname: 'desk', ...buckets[id] } } });
    const file = await itemsOf(readActivityWatch(sourceOf(exported, 'export', 10_000)));
    const sorted = (items: readonly object[]): string[] =>
      items.map((item) => JSON.stringify({ ...item, line: 0 })).toSorted();
    asked.length = 0;
    const read = await itemsOf(readActivityWatch(source));
    expect(read).toHaveLength(2500);
    expect(sorted(read)).toEqual(sorted(file));
    expect(asked.filter((path) => path.includes('limit=')).length).toBe(3);
  });

  test('stores no wrong duration where an old server cannot be asked for one event', async () => {
    const events = Array.from({ length: 1500 }, (_, index) => eventAt(index, index * 2, 3));
    const server = activityWatch({ window: { type: 'currentwindow', events } }, [], true);
    const items = await itemsOf(readActivityWatch(activityWatchServer(await listening(server))));
    const refused = items.filter(({ kind }) => kind === 'refused');
    expect([items.length, refused.length]).toEqual([1500, 1]);
    expect(refused[0]).toMatchObject({ reason: expect.stringContaining('it has no duration') });
  });

  test('is read bucket by bucket, with such as have no events', async () => {
    const buckets = {
      empty: { type: 'currentwindow', events: [] },
      'a/b': { type: 'afkstatus', events: [{ ...eventAt(1, 0, 1), data: { status: 'afk' } }] },
      none: { type: 'currentwindow', events: [] },
    };
    const items = await itemsOf(readActivityWatch(activityWatchServer(await listening(activityWatch(buckets)))));
    expect(items).toMatchObject([{ payload: { state: 'idle', device: 'desk' } }]);
    const without = activityWatchServer(await listening(activityWatch({})));
    await expect(itemsOf(readActivityWatch(without))).rejects.toThrow('no events');
  });

  test('is given up where a page has no end, or something else answers there', async () => {
    const crowded = {
      crowd: { type: 'currentwindow', events: Array.from({ length: 1001 }, (_, id) => eventAt(id, 0, 0)) },
    };
    const source = activityWatchServer(await listening(activityWatch(crowded)));
    await expect(itemsOf(readActivityWatch(source))).rejects.toThrow('more than 1000 events of one moment');
    const page = createServer((_request, response) => response.end('<html>'));
    const other = activityWatchServer(await listening(page));
    await expect(itemsOf(readActivityWatch(other))).rejects.toThrow('does not answer in JSON');
    const away = createServer((_request, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end());
    await expect(itemsOf(readActivityWatch(activityWatchServer(await listening(away))))).rejects.toThrow(
      'is it running',
    );
    const missing = createServer((_request, response) => response.writeHead(404).end('{}'));
    await expect(itemsOf(readActivityWatch(activityWatchServer(await listening(missing))))).rejects.toThrow('404');
    await expect(itemsOf(readActivityWatch(activityWatchServer('http://127.0.0.1:1')))).rejects.toThrow(
      'is it running',
    );
  });
});

test.each([
  'http://activitywatch.example:5600',
  'http://192.168.1.10:5600',
  'http://127.0.0.1.example:5600',
  'http://0.0.0.0:5600',
  'https://127.0.0.1:5600',
  'http://name@127.0.0.1:5600/',
  'http://127.0.0.1:5600/elsewhere',
])('an address that is not of ActivityWatch on this machine is refused: %s', (address) => {
  expect(() => activityWatchServer(address)).toThrow(/not this machine|address of ActivityWatch alone/);
});

import { identifierOf } from '../identifier.ts';
import { ImportFault, type ImportItem, itemOf, type Made, type Source } from '../importer.ts';
import { instantOf } from '../instant.ts';
import { elementsOf } from '../json/elements.ts';
import { withoutUndefined, membersOf, numberOf, wordsOf } from '../json/json-values.ts';
import { LeftOut } from '../left-out.ts';

interface Bucket {
  readonly id: string;
  readonly type: string;
  readonly device: string | undefined;
}

export const isActivityWatch = (head: string): boolean => /^\s*\{\s*"buckets"\s*:\s*\{/.test(head);

/** Members of a bucket that are read; they stand before its events. */
const named = new Set(['type', 'hostname']);

/**
 * Events of the watchers of windows and of presence as `library/app-use`, of browsers as `library/web-visit`.
 * Memory does not grow with the file.
 */
export async function* readActivityWatch(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const leftOut = new LeftOut();
  const members = new Map<string, unknown>();
  let id = '';
  let index = 0;
  let seen = false;
  const isWanted = ([root, , member, step, ...rest]: readonly string[]): boolean =>
    root === 'buckets' &&
    rest.length === 0 &&
    (step === undefined ? member !== undefined && named.has(member) : member === 'events' && step === '[]');
  for await (const element of elementsOf(source, isWanted)) {
    if (element.kind === 'refused') {
      yield element;
      continue;
    }
    const [, bucketId = '', member = ''] = element.path;
    if (bucketId !== id) {
      members.clear();
      index = 0;
    }
    id = bucketId;
    if (element.path.length === 3) {
      members.set(member, element.value);
      continue;
    }
    seen = true;
    const bucket = bucketOf(id, members);
    const made = readEvent(membersOf(element.value), bucket);
    if (made === undefined) leftOut.add(bucket.type);
    else yield itemOf(made, element.line, `${id} events[${index}]: `);
    index += 1;
  }
  if (!seen) throw new ImportFault(`${source.name} has no events in the buckets of ActivityWatch.`);
  yield* leftOut.notes((count, type) => `${count} events of ${type} left out: the library has no profile of them.`);
}

function bucketOf(id: string, members: ReadonlyMap<string, unknown>): Bucket {
  const hostname = wordsOf(members.get('hostname'), 200);
  return {
    id,
    type: wordsOf(members.get('type'), 100) ?? typeByName(id),
    // Watchers in browsers do not know it.
    device: hostname === 'unknown' ? undefined : hostname,
  };
}

function typeByName(id: string): string {
  if (id.startsWith('aw-watcher-window') || id.startsWith('aw-watcher-android')) return 'currentwindow';
  if (id.startsWith('aw-watcher-afk')) return 'afkstatus';
  return id.startsWith('aw-watcher-web') ? 'web.tab.current' : 'unknown type';
}

/** The event, or why there is none; undefined for a watcher whose events are left out. */
function readEvent(event: Readonly<Record<string, unknown>>, bucket: Bucket): Made | string | undefined {
  const reading = Object.hasOwn(readings, bucket.type) ? readings[bucket.type] : undefined;
  if (!reading) return undefined;
  const createdDate = instantOf(event['timestamp']);
  if (createdDate === undefined) return 'it has no timestamp.';
  const spent = numberOf(event['duration']);
  if (spent === undefined || spent < 0) return 'it has no duration.';
  const data = membersOf(event['data']);
  const read = reading.read(data, bucket);
  if (typeof read === 'string') return read;
  return {
    profile: reading.profile,
    identifier: identifierOf('activitywatch', [bucket.id, createdDate, data]),
    createdDate,
    payload: withoutUndefined({ ...read, spent, device: bucket.device }),
  };
}

interface Reading {
  readonly profile: string;
  readonly read: (
    data: Readonly<Record<string, unknown>>,
    bucket: Bucket,
  ) => Readonly<Record<string, unknown>> | string;
}

const readings: Readonly<Partial<Record<string, Reading>>> = {
  currentwindow: {
    profile: 'library/app-use',
    read: ({ app, title }) => {
      const application = wordsOf(app, 500);
      if (application === undefined) return 'it names no app.';
      return { application, title: wordsOf(title, 5000), state: 'active' };
    },
  },
  afkstatus: {
    profile: 'library/app-use',
    read: ({ status }) => {
      if (status === 'afk') return { state: 'idle' };
      return status === 'not-afk' ? { state: 'active' } : 'its status is neither afk nor not-afk.';
    },
  },
  'web.tab.current': {
    profile: 'library/web-visit',
    read: ({ url, title }, { id }) => {
      const address = wordsOf(url, 10_000);
      if (address === undefined) return 'it has no url.';
      return { url: address, title: wordsOf(title, 2000), browser: browserOf(id) };
    },
  },
};

/** `aw-watcher-web-firefox`, and in newer versions with the host behind it. */
const browserOf = (id: string): string | undefined => /^aw-watcher-web-([a-z]+)/.exec(id)?.[1];

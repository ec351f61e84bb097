import canonicalize from 'canonicalize';
import type { DataStorage, EventQuery, Export, Position, ProfileCatalogue, SortKey } from '@datakeep/contracts';
import { DatakeepError, InputErrors, isObject, readJson } from '@datakeep/kernel';
import { knownProfile } from '../query/input.ts';
import { parseQuery, resolveQuery } from '../query/query-parser.ts';

export interface ExportOptions {
  readonly storage: DataStorage;
  readonly profiles: ProfileCatalogue;
  /** Names of all profiles there are. */
  readonly profileNames: () => Promise<readonly string[]>;
  /** Time budget of one page, ms. */
  readonly queryTimeoutMs: number;
}

const byCreation: readonly SortKey[] = [{ field: 'metadata.createdDate', direction: 'ascending' }];
const pageEvents = 500;
const members: ReadonlySet<string> = new Set(['profile', 'filter']);

type PageOf = Pick<EventQuery, 'filter' | 'kinds' | 'arrays'>;

/** Parses `{ profile?, filter? }` and returns the lines; a fault of the body is reported before the first. */
export async function exportLines(options: ExportOptions, body: string | undefined): Promise<Export> {
  const request = body === undefined ? {} : readJson(body);
  if (!isObject(request)) throw DatakeepError.invalidAt('', 'type', 'expected { profile, filter }, both optional');
  const issues = new InputErrors();
  issues.onlyMembers(request, members, 'an export has');
  issues.throwIfAny();
  const { profile, filter } = request;
  const names = profile === undefined ? (await options.profileNames()).toSorted(byCodePoint) : [profile];
  const queries: { name: string; query: PageOf }[] = [];
  for (const name of names) queries.push(await resolve(options, name, filter));
  const count = { profiles: 0, events: 0 };
  const only = profile === undefined ? undefined : queries[0]?.name;
  return { lines: lines(options, queries, count), count, profile: only };
}

async function resolve(
  options: ExportOptions,
  name: unknown,
  filter: unknown,
): Promise<{ name: string; query: PageOf }> {
  const parsed = parseQuery({ profile: name, filter, sort: byCreation });
  const profile = await knownProfile(options.profiles, parsed.profile, '/profile');
  return { name: parsed.profile, query: { ...resolveQuery(parsed, profile), filter: parsed.filter } };
}

async function* lines(
  options: ExportOptions,
  queries: readonly { readonly name: string; readonly query: PageOf }[],
  count: { profiles: number; events: number },
): AsyncGenerator<string, void, undefined> {
  for (const { name, query } of queries) {
    const profile = await options.profiles.find(name);
    if (profile === undefined) continue;
    count.profiles += 1;
    // Members in canonical order, so that an export of what an import brought has the same bytes.
    yield `{"profile":{"name":${JSON.stringify(name)},"schema":${canonicalize(profile.schema)}}}\n`;
    let after: Position | undefined;
    do {
      const page = await options.storage.query({
        ...query,
        profile: name,
        sort: byCreation,
        limit: pageEvents,
        timeoutMs: options.queryTimeoutMs,
        fairnessKey: 'admin',
        after,
      });
      count.events += page.length;
      if (page.length > 0) yield eventLines(page.itemsJson);
      after = page.next ?? undefined;
    } while (after);
  }
  yield `{"summary":${JSON.stringify(count)}}\n`;
}

/**
 * `[{…},{…}]` as lines. The events' texts are cut apart and not printed again: a comma between two events is outside of
 * strings at depth one.
 */
export function eventLines(itemsJson: string): string {
  let text = '';
  let depth = 0;
  let start = 1;
  for (let at = 0; at < itemsJson.length; at += 1) {
    const unit = itemsJson.charCodeAt(at);
    if (unit === 0x22) at = endOfString(itemsJson, at);
    else if (unit === 0x7b || unit === 0x5b) depth += 1;
    else if (unit === 0x7d || unit === 0x5d) depth -= 1;
    else if (unit === 0x2c && depth === 1) {
      text += `${itemsJson.slice(start, at)}\n`;
      start = at + 1;
    }
  }
  return `${text}${itemsJson.slice(start, -1)}\n`;
}

/** Where the string that begins here ends. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
}

/** As UTF-8 orders its bytes. */
const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

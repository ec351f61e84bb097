import type { ChangePage, ChangesQuery, EventChange } from '@datakeep/contracts';
import { misplaced } from './filter-json.ts';

/** The query string of `GET /storage/v1/events/changes`. */
export function changesToSearch({ profiles, after, limit }: ChangesQuery): string {
  const search = new URLSearchParams({ limit: String(limit) });
  if (after !== undefined) search.set('after', after);
  if (profiles !== undefined) search.set('profiles', JSON.stringify(profiles));
  return search.toString();
}

/** What the parameters ask. `limit` 0 asks for the place after the last change. Throws 422 where they ask nothing. */
export function changesFromParameters({
  profiles,
  after,
  limit = '1000',
}: Readonly<Record<string, unknown>>): ChangesQuery {
  if (typeof limit !== 'string' || !/^\d{1,4}$/.test(limit) || Number(limit) > 1000)
    throw misplaced('/limit', 'This must be a whole number up to 1000.');
  if (after !== undefined && typeof after !== 'string') throw misplaced('/after', 'Give this query parameter once.');
  return {
    limit: Number(limit),
    ...(after === undefined ? {} : { after }),
    ...(profiles === undefined ? {} : { profiles: profilesFrom(profiles) }),
  };
}

function profilesFrom(text: unknown): string[] {
  let list: unknown;
  try {
    list = JSON.parse(String(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string'))
    throw misplaced('/profiles', 'This must be a JSON list of strings.');
  return list as string[];
}

export function changesToText({ changes, next, more }: ChangePage): string {
  const items = changes.map(
    ({ change, json, place }) => `{"change":"${change}","event":${json},"place":${JSON.stringify(place)}}`,
  );
  return `{"items":[${items.join(',')}],"next":${JSON.stringify(next)},"more":${more}}`;
}

const kinds: ReadonlySet<unknown> = new Set(['created', 'modified', 'deleted']);

/** Throws `TypeError` on what is no page of changes. */
export function changesFromText(text: string): ChangePage {
  const { items, next, more } = JSON.parse(text) as { items?: unknown; next?: unknown; more?: unknown };
  if (!Array.isArray(items) || typeof next !== 'string' || typeof more !== 'boolean')
    throw new TypeError('no page of changes');
  const changes = items.map((item: unknown): EventChange => {
    const { change, event, place } = item as {
      place?: unknown;
      change?: unknown;
      event?: { metadata?: { profile?: unknown } };
    };
    const profile = event?.metadata?.profile;
    if (typeof place !== 'string' || !kinds.has(change) || typeof profile !== 'string')
      throw new TypeError('no change of an event');
    return { change: change as EventChange['change'], profile, json: JSON.stringify(event), place };
  });
  return { changes, next, more };
}

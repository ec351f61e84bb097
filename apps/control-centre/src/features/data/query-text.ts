import { jsonFault } from '../../components/code/json-places.ts';
import { isFilter, isPageSize, isSortKey, largestPage, type BrowserState } from './browser-state.ts';

export type QueryPart = Pick<BrowserState, 'filter' | 'sort' | 'columns' | 'size'>;

/** The query as an app would send it. */
export function queryText(profile: string, { filter, sort, columns, size }: QueryPart): string {
  const query = {
    profile,
    filter,
    ...(sort.length === 0 ? {} : { sort }),
    ...(columns === undefined ? {} : { fields: columns.filter((path) => path.startsWith('payload.')) }),
    limit: size,
  };
  return `${JSON.stringify(query, undefined, 2)}\n`;
}

class Fault extends Error {}

/** What a text says, or what is wrong with it. The filter and the sort are left to the keep. */
export function readQueryText(
  text: string,
  profile: string,
  before: QueryPart,
): { readonly query: QueryPart; readonly fault?: undefined } | { readonly query?: undefined; readonly fault: string } {
  // The editor shows why, at its line.
  if (jsonFault(text)) return { fault: 'This cannot be used yet.' };
  try {
    return { query: read(JSON.parse(text), profile, before) };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message };
    throw error;
  }
}

function read(value: unknown, profile: string, before: QueryPart): QueryPart {
  if (!isFilter(value)) throw new Fault('A query is an object: { "profile": …, "filter": { … } }.');
  const { profile: named, filter = {}, sort = [], fields, limit = 50, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new Fault(`“${unknown}” is not for this page: it reads profile, filter, sort, fields and limit.`);
  if (named !== profile) throw new Fault('The query is of another profile: open that profile instead.');
  if (!isFilter(filter)) throw new Fault('“filter” is an object.');
  if (!isPageSize(limit)) throw new Fault(`“limit” is a number from 1 to ${largestPage} here.`);
  return { filter, sort: sortOf(sort), columns: columnsOf(fields, before), size: limit };
}

function sortOf(sort: unknown): QueryPart['sort'] {
  if (!Array.isArray(sort)) throw new Fault('“sort” is a list.');
  return sort.map((key: unknown) => {
    const whole = isFilter(key) ? { direction: 'ascending', ...key } : key;
    if (!isSortKey(whole))
      throw new Fault('Each key of “sort” is { "field": …, "direction": "ascending" or "descending" }.');
    return { field: whole.field, direction: whole.direction };
  });
}

function columnsOf(fields: unknown, before: QueryPart): QueryPart['columns'] {
  if (fields === undefined) return undefined;
  if (!Array.isArray(fields) || !fields.every((path) => typeof path === 'string'))
    throw new Fault('“fields” is a list of fields.');
  const metadata = before.columns?.filter((path) => path.startsWith('metadata.')) ?? ['metadata.createdDate'];
  return [...metadata, ...(fields as string[])];
}

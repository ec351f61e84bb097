import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { jsonFault } from '../../components/code/json-places.ts';
import type { Filter } from './filter-json.ts';
import type { EventQuery, SortKey } from './queries.ts';

export const tabs = ['events', 'chart', 'map', 'access', 'schema'] as const;
export type TabName = (typeof tabs)[number];
export const pageSizes = [25, 50, 100, 250] as const;
/** A table of more rows is no longer quick. */
export const largestPage = 250;

/** The state in the URL: it can be bookmarked, shared, and restored by the history. */
export interface BrowserState {
  readonly tab: TabName;
  readonly filter: Filter;
  /** Why the filter that someone typed into the address is not in force. */
  readonly fault: string | undefined;
  readonly sort: readonly SortKey[];
  /** The columns that were chosen; undefined: the page chooses. */
  readonly columns: readonly string[] | undefined;
  readonly size: number;
  /** Id of the event that is open. */
  readonly event: string | undefined;
}

export function isFilter(value: unknown): value is Filter {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isSortKey(value: unknown): value is SortKey {
  const { field, direction } = (isFilter(value) ? value : {}) as Record<string, unknown>;
  return typeof field === 'string' && (direction === 'ascending' || direction === 'descending');
}

export function isPageSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= largestPage;
}

/** Anyone can write an address: what is not as this page writes it is left out. */
export function readState(search: Readonly<Record<string, unknown>>): BrowserState {
  const { tab, filter, sort, columns, size, event } = search;
  return {
    tab: tabs.find((name) => name === tab) ?? 'events',
    filter: isFilter(filter) ? filter : {},
    fault: filter === undefined || isFilter(filter) ? undefined : faultOfFilter(filter),
    sort: Array.isArray(sort) ? sort.filter(isSortKey) : [],
    columns: Array.isArray(columns)
      ? [...new Set(columns.filter((path) => typeof path === 'string'))].slice(0, 100)
      : undefined,
    size: isPageSize(size) ? size : 50,
    event: typeof event === 'string' && /^[0-9a-f]{24}$/.test(event) ? event : undefined,
  };
}

/** The router leaves as a text what is no JSON, and what has a number that a program would change. */
function faultOfFilter(filter: unknown): string {
  return (typeof filter === 'string' && jsonFault(filter)?.message) || 'A filter is an object in JSON: { … }.';
}

function writeState(state: BrowserState): Record<string, unknown> {
  const { tab, filter, sort, columns, size, event } = state;
  return {
    ...(tab === 'events' ? {} : { tab }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
    ...(sort.length === 0 ? {} : { sort }),
    ...(columns === undefined ? {} : { columns }),
    ...(size === 50 ? {} : { size }),
    ...(event === undefined ? {} : { event }),
  };
}

export function useBrowserState(): readonly [BrowserState, (change: Partial<BrowserState>) => void] {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const state = useMemo(() => readState(search), [search]);
  return [
    state,
    (change) =>
      void navigate({
        to: '.',
        // Of the present address: a change may come from an answer that was awaited.
        search: ((now: Readonly<Record<string, unknown>>) => writeState({ ...readState(now), ...change })) as never,
        resetScroll: false,
      }),
  ];
}

/** Columns of a table: the metadata comes whole, of the payload only what is shown. */
export function queryOf(profile: string, state: BrowserState, columns: readonly string[]): EventQuery {
  return {
    profile,
    filter: state.filter,
    ...(state.sort.length === 0 ? {} : { sort: state.sort }),
    fields: columns.filter((path) => path.startsWith('payload.')),
  };
}

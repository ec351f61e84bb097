import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, send } from '../../api/client.ts';
import type {
  Event,
  ExplainedEventList,
  Groups,
  Permission,
  PermissionList,
  Profile,
  ProfileList,
  AggregateEventsData,
  DeleteEventData,
  DeleteProfileData,
  GetEventData,
  ListPermissionsData,
  ListProfilesData,
  QueryEventsData,
  RegisterProfile,
  RegisterProfileData,
} from '../../api/operations.ts';
import { when } from '../../api/query-client.ts';
import type { Filter } from './filter-json.ts';

export interface SortKey {
  readonly field: string;
  readonly direction: 'ascending' | 'descending';
}

/** A query without its paging. */
export interface EventQuery {
  readonly profile: string;
  readonly filter: Filter;
  readonly sort?: readonly SortKey[];
  readonly fields?: readonly string[];
}

const from = (cursor: string | undefined) => (cursor === undefined ? {} : { cursor });

/** Profiles of one page of the list. */
export const profilesOnPage = 20;

export function useProfiles(cursor: string | undefined, enabled: boolean) {
  return useQuery({
    queryKey: ['profiles', 'list', cursor],
    ...when(enabled),
    queryFn: ({ signal }) =>
      call<ListProfilesData, ProfileList>('GET', '/admin/v1/profiles', {
        query: { ...from(cursor), limit: profilesOnPage, count: true },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

export function useRegisterProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: RegisterProfile) => call<RegisterProfileData, Profile>('POST', '/admin/v1/profiles', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['profiles'] }),
  });
}

export function useDeleteProfile(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<DeleteProfileData, void>('DELETE', '/admin/v1/profiles/{name}', { path: { name } }),
    // Awaited, the page of what is gone would be drawn anew, and never left.
    onSuccess: () => {
      client.removeQueries({ queryKey: ['profiles', 'one', name] });
      void client.invalidateQueries({ queryKey: ['profiles', 'list'] });
      void client.invalidateQueries({ queryKey: ['permissions'] });
    },
  });
}

export interface Figures {
  readonly count: number;
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** How many events there are of a profile, and when the first and the last were created. */
export function useFigures(profile: string) {
  return useQuery({
    queryKey: ['events', 'figures', profile],
    queryFn: async ({ signal }): Promise<Figures> => {
      const newest = await call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
        query: { count: true },
        body: { profile, limit: 1, fields: [] },
        signal,
      });
      const count = newest.count ?? newest.items.length;
      const oldest =
        count === 0
          ? newest
          : await call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
              body: {
                profile,
                limit: 1,
                fields: [],
                sort: [{ field: 'metadata.createdDate', direction: 'ascending' }],
              },
              signal,
            });
      return { count, first: oldest.items[0]?.metadata.createdDate, last: newest.items[0]?.metadata.createdDate };
    },
  });
}

export function usePermissionsOf(profile: string, status: Permission['status'], cursor?: string) {
  return useQuery({
    queryKey: ['permissions', 'of-profile', profile, status, cursor],
    queryFn: ({ signal }) =>
      call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
        query: { profile, status, ...from(cursor), limit: 50 },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

/** The newest events whole: what their payloads have that the schema does not describe. */
export function useSample(profile: string) {
  return useQuery({
    queryKey: ['events', 'sample', profile],
    queryFn: ({ signal }) =>
      call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
        body: { profile, limit: 5 },
        signal,
      }),
    staleTime: 60_000,
  });
}

/** A filter may come from the URL or an editor: the keep says what is wrong with it. */
const bodyOf = (query: EventQuery) => query as QueryEventsData['body'];

/** One page of a query: asked for by the table, and by the form before it takes a filter. */
export const eventPage = (query: EventQuery, limit: number, cursor: string | undefined) => ({
  queryKey: ['events', 'page', query, limit, cursor],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
      body: { ...bodyOf(query), limit, ...from(cursor) },
      signal,
    }),
});

export function useEventPage(query: EventQuery, limit: number, cursor: string | undefined, enabled: boolean) {
  return useQuery({
    ...eventPage(query, limit, cursor),
    ...when(enabled),
    placeholderData: keepPreviousData,
  });
}

export function useCount({ profile, filter }: EventQuery, enabled: boolean) {
  return useQuery({
    queryKey: ['events', 'count', profile, filter],
    ...when(enabled),
    queryFn: async ({ signal }) =>
      (
        await call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
          query: { count: true },
          body: { ...bodyOf({ profile, filter }), limit: 1, fields: [] },
          signal,
        })
      ).count ?? 0,
  });
}

/** How one page of a query is found. Asked for anew each time: indexes come and go. */
export function useExplain() {
  return useMutation({
    mutationFn: async ({ query, limit }: { readonly query: EventQuery; readonly limit: number }) => {
      const page = await call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
        query: { explain: true },
        body: { ...bodyOf(query), limit },
      });
      return page.explain;
    },
  });
}

export function useAggregation(body: Record<string, unknown>, enabled: boolean) {
  return useQuery({
    queryKey: ['events', 'aggregation', body],
    ...when(enabled),
    queryFn: ({ signal }) =>
      call<AggregateEventsData, Groups>('POST', '/admin/v1/events/aggregate', {
        body: body as AggregateEventsData['body'],
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

/** Pages of a query, one after the other. Not followed live: thousands of places would be asked for at each event. */
export function usePlaces(query: EventQuery) {
  return useInfiniteQuery({
    queryKey: ['places', query],
    queryFn: ({ pageParam, signal }) => eventPage(query, 1000, pageParam).queryFn({ signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    staleTime: 60_000,
  });
}

export function useEvent(id: string | undefined) {
  return useQuery({
    queryKey: ['events', 'one', id],
    ...when(id !== undefined),
    queryFn: ({ signal }) => call<GetEventData, Event>('GET', '/admin/v1/events/{id}', { path: { id: id! }, signal }),
  });
}

export interface Change {
  /** The payload as the owner typed it. It is sent as it is: the keep, and not this page, reads its numbers. */
  readonly payload: string;
  readonly version: number;
}

export function useModify(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ payload, version }: Change) => {
      const response = await send(`/admin/v1/events/${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'if-match': `"${version}"` },
        body: `{"payload":${payload}}`,
      });
      return (await response.json()) as Event;
    },
    onSuccess: async (event) => {
      client.setQueryData(['events', 'one', id], event);
      void client.invalidateQueries({ queryKey: ['places'] });
      await client.invalidateQueries({ queryKey: ['events'] });
    },
    // Refused, it may be for what another changed: what is shown beside the refusal is what is there now.
    onError: () => client.invalidateQueries({ queryKey: ['events', 'one', id] }),
  });
}

export function useRemove(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: number) =>
      call<DeleteEventData, void>('DELETE', '/admin/v1/events/{id}', {
        path: { id },
        headers: { 'if-match': `"${version}"` },
      }),
    onSuccess: async () => {
      client.removeQueries({ queryKey: ['events', 'one', id] });
      void client.invalidateQueries({ queryKey: ['places'] });
      await client.invalidateQueries({ queryKey: ['events'] });
    },
  });
}

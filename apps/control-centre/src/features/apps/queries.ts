import { keepPreviousData, type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { profileChoices } from '../../api/lookups.ts';
import type {
  AdminRunList,
  AggregateEventsData,
  App,
  AppList,
  AppUsed,
  SetAppLimits,
  SetAppLimitsData,
  AssociationToken,
  CreateApp,
  CreateAppData,
  CreateAssociationTokenData,
  DeleteAppData,
  GetAppLimitsData,
  Groups,
  ListAppsData,
  ListPermissionsData,
  ListRunsData,
  ListViewInstancesData,
  Permission,
  PermissionList,
  RevokeAppTokensData,
  UpdateAppData,
  ViewInstanceList,
} from '../../api/operations.ts';
import { when } from '../../api/query-client.ts';

/** Apps of one page of the list. */
export const pageSize = 20;

export function useApps(cursor: string | undefined, enabled: boolean) {
  return useQuery({
    queryKey: ['apps', 'list', cursor],
    ...when(enabled),
    queryFn: ({ signal }) =>
      call<ListAppsData, AppList>('GET', '/admin/v1/apps', {
        query: { limit: pageSize, count: true, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

const usedBy = (id: string, signal: AbortSignal): Promise<AppUsed> =>
  call<GetAppLimitsData, AppUsed>('GET', '/admin/v1/apps/{id}/limits', { path: { id }, signal });

export function useAppLimits(id: string) {
  return useQuery({ queryKey: ['apps', 'limits', id], queryFn: ({ signal }) => usedBy(id, signal) });
}

/** How many events the app has stored; null where the storage does not count by app. */
export function useEventCount(id: string) {
  return useQuery({
    queryKey: ['events', 'count-of-app', id],
    queryFn: async ({ signal }) => (await usedBy(id, signal)).events?.used ?? null,
  });
}

/** All of the owner's own numbers at once. */
export function useSetAppLimits(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetAppLimits) =>
      call<SetAppLimitsData, App>('PUT', '/admin/v1/apps/{id}/limits', { path: { id }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['apps'] }),
  });
}

export function useCreateApp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateApp) => call<CreateAppData, App>('POST', '/admin/v1/apps', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['apps'] }),
  });
}

export function useUpdateApp(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; description: string | null }) =>
      call<UpdateAppData, App>('PATCH', '/admin/v1/apps/{id}', { path: { id }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['apps'] }),
  });
}

/** A new one-time token; the one before is void. */
export function useAssociationToken(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      call<CreateAssociationTokenData, AssociationToken>('POST', '/admin/v1/apps/{id}/association-tokens', {
        path: { id },
        body: {},
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['apps'] }),
  });
}

export function useRevokeTokens(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<RevokeAppTokensData, void>('POST', '/admin/v1/apps/{id}/token/revoke', { path: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['apps'] }),
  });
}

export function useDeleteApp(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (events: 'keep' | 'delete') =>
      call<DeleteAppData, void>('DELETE', '/admin/v1/apps/{id}', { path: { id }, query: { events } }),
    // Awaited, the page of what is gone would be drawn anew, and never left.
    onSuccess: () => {
      client.removeQueries({ queryKey: ['apps', 'one', id] });
      void client.invalidateQueries();
    },
  });
}

/** Those that are approved or wait: older decisions may be many. */
export function useAppPermissions(appId: string) {
  return useQuery({
    queryKey: ['permissions', 'of-app', appId],
    queryFn: async ({ signal }): Promise<readonly Permission[]> => {
      const lists = (['approved', 'pending'] as const).map((status) =>
        call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
          query: { app: appId, status, limit: 1000 },
          signal,
        }),
      );
      return (await Promise.all(lists)).flatMap(({ items }) => items);
    },
  });
}

export function useAppInstances(appId: string) {
  return useQuery({
    queryKey: ['instances', 'of-app', appId],
    queryFn: ({ signal }) =>
      call<ListViewInstancesData, ViewInstanceList>('GET', '/admin/v1/view-instances', {
        query: { app: appId, limit: 50 },
        signal,
      }),
  });
}

export function useAppRuns(appId: string) {
  return useQuery({
    queryKey: ['runs', 'of-app', appId],
    queryFn: ({ signal }) =>
      call<ListRunsData, AdminRunList>('GET', '/admin/v1/runs', { query: { app: appId, limit: 5 }, signal }),
  });
}

export interface EventsOfApp {
  readonly profile: string;
  readonly count: number;
  readonly newest: string | null;
}

/** What the app and its view instances may do. */
export function useApproved(appId: string) {
  return useQuery({
    queryKey: ['permissions', 'approved-of-app', appId],
    queryFn: async ({ signal }): Promise<readonly Permission[]> =>
      (
        await call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
          query: { app: appId, status: 'approved', limit: 1000 },
          signal,
        })
      ).items,
  });
}

/** The keep's profiles, those first for which the app ever asked: most have no event of it. */
async function likelyProfiles(client: QueryClient, appId: string, signal: AbortSignal): Promise<readonly string[]> {
  const [profiles, { items }] = await Promise.all([
    client.fetchQuery(profileChoices),
    call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
      query: { app: appId, limit: 1000 },
      signal,
    }),
  ]);
  const names = new Set(profiles.map(({ name }) => name));
  return [...new Set([...items.map(({ profile }) => profile).filter((name) => names.has(name)), ...names])];
}

/** How many events of each profile the app sent. */
export function useEventsOfApp(appId: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ['events', 'of-app', appId],
    queryFn: async ({ signal }): Promise<readonly EventsOfApp[]> => {
      let rest = (await usedBy(appId, signal)).events?.used ?? Infinity;
      const counted: EventsOfApp[] = [];
      if (rest === 0) return counted;
      // One after the other: a page must not take all readers of the storage.
      for (const name of await likelyProfiles(client, appId, signal)) {
        const answer = await call<AggregateEventsData, Groups>('POST', '/admin/v1/events/aggregate', {
          body: {
            profile: name,
            filter: { 'metadata.source': appId },
            measures: { count: { op: 'count' }, newest: { op: 'max', field: 'metadata.createdDate' } },
          } as never,
          signal,
        });
        const group = answer.groups[0] as Record<string, unknown> | undefined;
        const count = Number(group?.['count'] ?? 0);
        if (count > 0) counted.push({ profile: name, count, newest: (group?.['newest'] as string | null) ?? null });
        rest -= count;
        if (rest <= 0) break;
      }
      return counted;
    },
    staleTime: 30_000,
  });
}

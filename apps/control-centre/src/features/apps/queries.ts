import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
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
  ListProfilesData,
  ListRunsData,
  ListViewInstancesData,
  Permission,
  PermissionList,
  ProfileList,
  RevokeAppTokensData,
  UpdateAppData,
  ViewInstanceList,
} from '../../api/operations.ts';

export function useApps(cursor: string | undefined) {
  return useQuery({
    queryKey: ['apps', 'list', cursor],
    queryFn: ({ signal }) =>
      call<ListAppsData, AppList>('GET', '/admin/v1/apps', {
        query: { limit: 50, count: true, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

export function useAppLimits(id: string) {
  return useQuery({
    queryKey: ['apps', 'limits', id],
    queryFn: ({ signal }) =>
      call<GetAppLimitsData, AppUsed>('GET', '/admin/v1/apps/{id}/limits', { path: { id }, signal }),
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

/** How many profiles are looked through for an app's events. */
const mostProfiles = 100;

/** How many events each app has sent, by the app's id. */
export function useEventsByApp() {
  return useQuery({
    queryKey: ['events', 'by-app'],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const profiles = await call<ListProfilesData, ProfileList>('GET', '/admin/v1/profiles', {
        query: { limit: mostProfiles },
        signal,
      });
      const counts = new Map<string, number>();
      // One after the other: a page must not take all readers of the storage.
      for (const { name } of profiles.items) {
        const { groups } = await call<AggregateEventsData, Groups>('POST', '/admin/v1/events/aggregate', {
          body: {
            profile: name,
            groupBy: [{ field: 'metadata.source' }],
            measures: { count: { op: 'count' } },
          } as never,
          signal,
        });
        for (const group of groups as readonly Record<string, unknown>[]) {
          const appId = String((group['key'] as unknown[])[0]);
          counts.set(appId, (counts.get(appId) ?? 0) + Number(group['count']));
        }
      }
      return counts;
    },
    staleTime: 30_000,
  });
}

/** The approved permissions of each app and its view instances, by the app's id; of the newest thousand. */
export function usePermissionsByApp() {
  return useQuery({
    queryKey: ['permissions', 'by-app'],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, readonly Permission[]>> => {
      const { items } = await call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
        query: { status: 'approved', limit: 1000 },
        signal,
      });
      return Map.groupBy(items, ({ appId }) => appId);
    },
  });
}

/** How many events of each profile the app sent. */
export function useEventsOfApp(appId: string) {
  return useQuery({
    queryKey: ['events', 'of-app', appId],
    queryFn: async ({ signal }): Promise<readonly EventsOfApp[]> => {
      const profiles = await call<ListProfilesData, ProfileList>('GET', '/admin/v1/profiles', {
        query: { limit: mostProfiles },
        signal,
      });
      const counted: EventsOfApp[] = [];
      // One after the other: a page must not take all readers of the storage.
      for (const { name } of profiles.items) {
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
      }
      return counted;
    },
    staleTime: 30_000,
  });
}

import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { keepNow } from '../../api/clock.ts';
import type {
  AdminRunList,
  AggregateEventsData,
  AppList,
  Backups,
  BackupSchedule,
  GetBackupScheduleData,
  GetSystemData,
  Groups,
  IndexList,
  ListAppsData,
  ListBackupsData,
  ListIndexesData,
  ListPermissionsData,
  ListProfilesData,
  ListRunsData,
  PermissionList,
  ProfileList,
  System,
} from '../../api/operations.ts';

export function useWaitingRequests() {
  return useQuery({
    queryKey: ['permissions', 'overview'],
    queryFn: ({ signal }) =>
      call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
        query: { status: 'pending', limit: 5, count: true },
        signal,
      }),
  });
}

export function useFailedRuns() {
  return useQuery({
    queryKey: ['runs', 'overview'],
    queryFn: async ({ signal }) => {
      const from = new Date(keepNow() - 86_400_000).toISOString();
      const [failed, timedOut] = await Promise.all(
        (['failed', 'timed-out'] as const).map((state) =>
          call<ListRunsData, AdminRunList>('GET', '/admin/v1/runs', {
            query: { state, from, limit: 5, count: true },
            signal,
          }),
        ),
      );
      return {
        items: [...failed!.items, ...timedOut!.items].slice(0, 5),
        count: (failed!.count ?? 0) + (timedOut!.count ?? 0),
      };
    },
  });
}

export function useAppCount() {
  return useQuery({
    queryKey: ['apps', 'overview'],
    queryFn: ({ signal }) =>
      call<ListAppsData, AppList>('GET', '/admin/v1/apps', { query: { limit: 1, count: true }, signal }),
  });
}

export function useFigures() {
  return useQuery({
    queryKey: ['system', 'overview'],
    queryFn: ({ signal }) => call<GetSystemData, System>('GET', '/admin/v1/system', { signal }),
  });
}

export function useIndexes() {
  return useQuery({
    queryKey: ['indexes'],
    queryFn: ({ signal }) => call<ListIndexesData, IndexList>('GET', '/admin/v1/indexes', { signal }),
  });
}

export function useBackups() {
  return useQuery({
    queryKey: ['system', 'backups'],
    queryFn: ({ signal }) => call<ListBackupsData, Backups>('GET', '/admin/v1/backups', { signal }),
  });
}

export function useBackupSchedule() {
  return useQuery({
    queryKey: ['system', 'backups', 'schedule'],
    queryFn: ({ signal }) =>
      call<GetBackupScheduleData, BackupSchedule>('GET', '/admin/v1/backups/schedule', { signal }),
  });
}

const days = 30;
/** The chart counts the events of this many profiles. */
const mostProfiles = 20;

export interface EventsPerDay {
  /** Seconds since the epoch of each day's start. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly total: number;
  /** Profiles that the chart leaves out. */
  readonly left: number;
}

/** Events by the day of their createdDate over the last 30 days, of all profiles. */
export function useEventsPerDay() {
  return useQuery({
    queryKey: ['events', 'per-day'],
    queryFn: async ({ signal }): Promise<EventsPerDay> => {
      const profiles = await call<ListProfilesData, ProfileList>('GET', '/admin/v1/profiles', {
        query: { limit: mostProfiles, count: true },
        signal,
      });
      const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const first = new Date(keepNow());
      first.setHours(0, 0, 0, 0);
      first.setDate(first.getDate() - (days - 1));
      const counts = new Map<number, number>();
      for (let day = 0; day < days; day += 1) {
        const at = new Date(first);
        at.setDate(at.getDate() + day);
        counts.set(at.getTime() / 1000, 0);
      }
      // One after the other: a page must not take all readers of the storage.
      for (const { name } of profiles.items) {
        const { groups } = await call<AggregateEventsData, Groups>('POST', '/admin/v1/events/aggregate', {
          body: {
            profile: name,
            filter: { 'metadata.createdDate': { gte: first.toISOString() } },
            groupBy: [{ field: 'metadata.createdDate', interval: 'day', timeZone }],
            measures: { count: { op: 'count' } },
          } as never,
          signal,
        });
        for (const group of groups as readonly Record<string, unknown>[]) {
          const at = Date.parse(String((group['key'] as unknown[])[0])) / 1000;
          if (counts.has(at)) counts.set(at, counts.get(at)! + Number(group['count']));
        }
      }
      const ys = [...counts.values()];
      return {
        xs: [...counts.keys()],
        ys,
        total: ys.reduce((sum, count) => sum + count, 0),
        left: Math.max(0, (profiles.count ?? 0) - profiles.items.length),
      };
    },
    staleTime: 60_000,
  });
}

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type {
  AdminViewTemplate,
  AggregateEventsData,
  AuditList,
  Event,
  ExplainedEventList,
  GetViewInstanceData,
  GetViewTemplateData,
  Groups,
  ListAuditEntriesData,
  ListPermissionsData,
  Permission,
  PermissionList,
  QueryEventsData,
  ViewInstance,
} from '../../api/operations.ts';
import type { Right } from '../../components/names/rights.ts';

/** What ten apps may have waiting together by default. */
const mostPending = 1000;

/** All that waits, though fewer are shown: the many new ones of some apps push none of another off the list. */
export function usePendingRequests() {
  return useQuery({
    queryKey: ['permissions', 'pending'],
    queryFn: async ({ signal }) => {
      const items: Permission[] = [];
      let page: PermissionList | undefined;
      do {
        page = await call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
          query: { status: 'pending', limit: 200, count: true, ...(page?.nextCursor && { cursor: page.nextCursor }) },
          signal,
        });
        items.push(...page.items);
      } while (page.nextCursor && items.length < mostPending);
      return { items, count: page.count ?? items.length };
    },
  });
}

export function useDecided(status: Exclude<Permission['status'], 'pending'>, cursor: string | undefined) {
  return useQuery({
    queryKey: ['permissions', status, cursor],
    queryFn: ({ signal }) =>
      call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
        query: { status, limit: 25, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

/** The view instance that asks, and the template whose code would read. */
export function useAskingView(instanceId: string | undefined) {
  return useQuery({
    queryKey: ['instances', 'asking', instanceId],
    enabled: instanceId !== undefined,
    queryFn: async ({ signal }) => {
      const instance = await call<GetViewInstanceData, ViewInstance>('GET', '/admin/v1/view-instances/{id}', {
        path: { id: instanceId! },
        signal,
      });
      const template = await call<GetViewTemplateData, AdminViewTemplate>('GET', '/admin/v1/view-templates/{id}', {
        path: { id: instance.viewTemplateId },
        signal,
      });
      return { instance, template };
    },
  });
}

export interface SharedEvents {
  readonly newest: readonly Event[];
  readonly count: number;
  readonly oldest: string | undefined;
  /** Ids of the apps that sent them, with how many. */
  readonly sources: readonly { readonly appId: string; readonly count: number }[];
}

/** What is there of a profile now: what a right to read would share. No notification says that events came. */
export function useSharedEvents(profile: string) {
  return useQuery({
    queryKey: ['events', 'shared', profile],
    staleTime: 0,
    gcTime: 0,
    refetchInterval: 5000,
    queryFn: async ({ signal }): Promise<SharedEvents> => {
      const [newest, oldest, groups] = await Promise.all([
        call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
          query: { count: true },
          body: { profile, limit: 5 },
          signal,
        }),
        call<QueryEventsData, ExplainedEventList>('POST', '/admin/v1/events/query', {
          body: { profile, limit: 1, sort: [{ field: 'metadata.createdDate', direction: 'ascending' }] },
          signal,
        }),
        call<AggregateEventsData, Groups>('POST', '/admin/v1/events/aggregate', {
          body: {
            profile,
            groupBy: [{ field: 'metadata.source' }],
            measures: { count: { op: 'count' } },
            sort: [{ by: 'count', direction: 'descending' }],
            limit: 10,
          },
          signal,
        }),
      ]);
      return {
        newest: newest.items,
        count: newest.count ?? newest.items.length,
        oldest: oldest.items[0]?.metadata.createdDate,
        sources: groups.groups.map((group) => ({
          appId: String(group.key[0]),
          count: Number((group as Record<string, unknown>)['count']),
        })),
      };
    },
  });
}

/** What was decided on one permission, newest first. */
export function useHistory(permissionId: string) {
  return useQuery({
    queryKey: ['audit', 'subject', permissionId],
    queryFn: ({ signal }) =>
      call<ListAuditEntriesData, AuditList>('GET', '/admin/v1/audit', {
        query: { subject: permissionId, limit: 50 },
        signal,
      }),
  });
}

export type Decision =
  | { readonly step: 'approve'; readonly rights: readonly Right[]; readonly expiresAt?: string }
  | { readonly step: 'deny' | 'revoke'; readonly reason?: string };

interface Outcome {
  /** The keep took the decision. */
  onDone?(decision: Decision): void;
  onRefused?(error: unknown): void;
}

/** The outcome is heard also where the form is gone: the notification of a decision may come before its answer. */
export function useDecide(id: string, outcome: Outcome = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ step, ...body }: Decision) =>
      call<{ url: '/admin/v1/permissions/{id}/approve'; path: { id: string }; body: object }, Permission>(
        'POST',
        `/admin/v1/permissions/{id}/${step}` as '/admin/v1/permissions/{id}/approve',
        { path: { id }, body },
      ),
    onSuccess: (_permission, decision) => outcome.onDone?.(decision),
    onError: (error) => outcome.onRefused?.(error),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['permissions'] });
      void client.invalidateQueries({ queryKey: ['audit'] });
    },
  });
}

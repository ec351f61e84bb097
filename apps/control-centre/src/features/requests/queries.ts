import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type {
  AuditList,
  Event,
  ExplainedEventList,
  Groups,
  Permission,
  PermissionList,
  ViewInstance,
  AdminViewTemplate,
} from '../../api/operations.ts';
import type { Right } from '../../components/names/rights.ts';

interface ListPermissions {
  url: '/admin/v1/permissions';
  query: { status?: Permission['status']; cursor?: string | undefined; limit?: number; count?: boolean };
}

export function usePendingRequests() {
  return useQuery({
    queryKey: ['permissions', 'pending'],
    queryFn: ({ signal }) =>
      call<ListPermissions, PermissionList>('GET', '/admin/v1/permissions', {
        query: { status: 'pending', limit: 20, count: true },
        signal,
      }),
  });
}

export function useDecided(status: Exclude<Permission['status'], 'pending'>, cursor: string | undefined) {
  return useQuery({
    queryKey: ['permissions', status, cursor],
    queryFn: ({ signal }) =>
      call<ListPermissions, PermissionList>('GET', '/admin/v1/permissions', {
        query: { status, cursor, limit: 25 },
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
      const instance = await call<{ url: '/admin/v1/view-instances/{id}'; path: { id: string } }, ViewInstance>(
        'GET',
        '/admin/v1/view-instances/{id}',
        { path: { id: instanceId! }, signal },
      );
      const template = await call<{ url: '/admin/v1/view-templates/{id}'; path: { id: string } }, AdminViewTemplate>(
        'GET',
        '/admin/v1/view-templates/{id}',
        { path: { id: instance.viewTemplateId }, signal },
      );
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

type EventQuery = { url: '/admin/v1/events/query'; query?: { count?: boolean }; body: Record<string, unknown> };

/** What is there of a profile now: what a right to read would share. No notification says that events came. */
export function useSharedEvents(profile: string) {
  return useQuery({
    queryKey: ['events', 'shared', profile],
    staleTime: 0,
    gcTime: 0,
    refetchInterval: 5000,
    queryFn: async ({ signal }): Promise<SharedEvents> => {
      const [newest, oldest, groups] = await Promise.all([
        call<EventQuery, ExplainedEventList>('POST', '/admin/v1/events/query', {
          query: { count: true },
          body: { profile, limit: 5 },
          signal,
        }),
        call<EventQuery, ExplainedEventList>('POST', '/admin/v1/events/query', {
          body: { profile, limit: 1, sort: [{ field: 'metadata.createdDate', direction: 'ascending' }] },
          signal,
        }),
        call<{ url: '/admin/v1/events/aggregate'; body: Record<string, unknown> }, Groups>(
          'POST',
          '/admin/v1/events/aggregate',
          {
            body: {
              profile,
              groupBy: [{ field: 'metadata.source' }],
              measures: { count: { op: 'count' } },
              sort: [{ by: 'count', direction: 'descending' }],
              limit: 10,
            },
            signal,
          },
        ),
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
      call<{ url: '/admin/v1/audit'; query: { subject: string; limit: number } }, AuditList>('GET', '/admin/v1/audit', {
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

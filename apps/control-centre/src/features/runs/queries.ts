import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type { AdminRun, AdminRunList, CancelRunData, GetRunData, ListRunsData } from '../../api/operations.ts';

export type RunState = AdminRun['state'];
export const runStates: readonly RunState[] = ['queued', 'running', 'succeeded', 'failed', 'timed-out', 'cancelled'];

export interface RunFilter {
  readonly state?: RunState;
  readonly app?: string;
  readonly viewTemplate?: string;
  readonly from?: string;
  readonly to?: string;
}

const isUnfinished = ({ state }: AdminRun): boolean => state === 'queued' || state === 'running';

/** Fetched again every second while something in it is running. */
const liveMs = 1000;

export function useRuns(filter: RunFilter, cursor: string | undefined) {
  return useQuery({
    queryKey: ['runs', 'list', filter, cursor],
    queryFn: ({ signal }) =>
      call<ListRunsData, AdminRunList>('GET', '/admin/v1/runs', {
        query: { ...filter, limit: 50, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => (data?.items.some(isUnfinished) === true ? liveMs : false),
  });
}

export function useRun(id: string) {
  return useQuery({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => call<GetRunData, AdminRun>('GET', '/admin/v1/runs/{id}', { path: { id }, signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isUnfinished(data) ? liveMs : false),
  });
}

export function useCancel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<CancelRunData, AdminRun>('POST', '/admin/v1/runs/{id}/cancel', { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['runs'] }),
  });
}

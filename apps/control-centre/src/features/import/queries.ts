import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type { GetPermissionData, Permission } from '../../api/operations.ts';
import { importFlow } from './flow.ts';
import type { Asked } from './worker/calls.ts';

/** What the importer asked for, as it is decided here or elsewhere. */
export function useAsked(asked: readonly Asked[]) {
  return useQuery({
    queryKey: ['permissions', 'import', asked],
    queryFn: ({ signal }) =>
      Promise.all(
        asked.map(({ id }) =>
          call<GetPermissionData, Permission>('GET', '/admin/v1/permissions/{id}', { path: { id }, signal }),
        ),
      ),
  });
}

/** Grants all that the importer asked for, or denies it. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (isGranted: boolean) => importFlow.decide(isGranted),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['permissions'] });
      void client.invalidateQueries({ queryKey: ['audit'] });
    },
  });
}

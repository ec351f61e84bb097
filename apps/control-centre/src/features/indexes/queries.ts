import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type {
  ApproveIndexData,
  Index,
  IndexList,
  IndexPolicy,
  IndexPolicyChange,
  ListIndexesData,
  SetIndexPolicyData,
} from '../../api/operations.ts';

export function useIndexes() {
  return useQuery({
    queryKey: ['indexes'],
    queryFn: ({ signal }) => call<ListIndexesData, IndexList>('GET', '/admin/v1/indexes', { signal }),
    // The advisor acts without an entry in the audit log.
    refetchInterval: 15_000,
  });
}

export type IndexAct = 'approve' | 'reject' | 'keep' | 'drop' | 'rebuild';

/** The acts that each state takes (docs/indexing.md). */
export const actsOf: Readonly<Record<Index['state'], readonly IndexAct[]>> = {
  candidate: ['approve', 'reject'],
  approved: ['reject'],
  building: [],
  verifying: ['keep', 'drop'],
  active: ['keep', 'drop'],
  hidden: ['drop'],
  dropped: ['rebuild'],
  reverted: ['rebuild'],
  failed: ['rebuild'],
  rejected: ['rebuild'],
  declared: [],
};

export function useIndexAct(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (act: IndexAct) =>
      call<ApproveIndexData, Index>('POST', `/admin/v1/indexes/{id}/${act}` as ApproveIndexData['url'], {
        path: { id },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ['indexes'] }),
  });
}

export function useChangePolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: IndexPolicyChange) =>
      call<SetIndexPolicyData, IndexPolicy>('PUT', '/admin/v1/index-policy', { body }),
    onSettled: () => client.invalidateQueries({ queryKey: ['indexes'] }),
  });
}

import { useQuery } from '@tanstack/react-query';
import { call, send } from '../../api/client.ts';
import type { GetSystemData, ListRuntimesData, RuntimeList, System } from '../../api/operations.ts';

/** `GET /admin/v1/system`; a part that is out of reach is absent. */
export interface SystemState {
  readonly version: string;
  readonly node: string;
  readonly uptimeSeconds: number;
  readonly residentBytes: number;
  readonly limits: System['limits'];
  readonly storage?: {
    readonly engine: string;
    readonly engineVersion: string;
    readonly events: number;
    readonly bytes: number;
  };
  readonly documents?: { readonly engine: string; readonly bytes: number };
  readonly runQueue?: {
    readonly waiting: number;
    readonly active: number;
    readonly delayed: number;
  };
  readonly runs?: {
    readonly ended: number;
    readonly endedBytes: number;
    readonly quarantined: number;
    readonly retention: { readonly maxAgeMs: number; readonly maxRuns: number; readonly maxBytes: number };
  };
}

export function useSystem() {
  return useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => call<GetSystemData, SystemState>('GET', '/admin/v1/system', { signal }),
  });
}

export function useRuntimes() {
  return useQuery({
    queryKey: ['system', 'runtimes'],
    queryFn: ({ signal }) => call<ListRuntimesData, RuntimeList>('GET', '/admin/v1/runtimes', { signal }),
  });
}

/** What the keep waits for before it takes requests; empty when all is well. */
export function useReadiness() {
  return useQuery({
    queryKey: ['system', 'ready'],
    queryFn: async ({ signal }): Promise<readonly string[]> => {
      const response = await send('/health/ready', { signal });
      return ((await response.json()) as { waitingFor?: string[] }).waitingFor ?? [];
    },
  });
}

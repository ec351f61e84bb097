import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, send } from '../../api/client.ts';
import { saveFile } from '../../components/ui/save-file.ts';
import type {
  Backups,
  BackupSchedule,
  DeleteBackupData,
  DeleteBackupScheduleData,
  GetBackupScheduleData,
  GetKeysData,
  GetSystemData,
  Keys,
  ListBackupsData,
  MakeBackupData,
  RotateKeyData,
  SetBackupSchedule,
  SetBackupScheduleData,
  System,
} from '../../api/operations.ts';

export type { Backups as BackupsState, BackupSchedule, System } from '../../api/operations.ts';

export function useSystem() {
  return useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => call<GetSystemData, System>('GET', '/admin/v1/system', { signal }),
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

const backupsKey = ['system', 'backups'];
/** While one is being made, its progress is asked for this often, ms. */
const progressEvery = 1000;
/** Else this often, ms: the schedule, another page or the command may begin one. */
const glanceEvery = 5000;

export function useBackups() {
  return useQuery({
    queryKey: backupsKey,
    queryFn: ({ signal }) => call<ListBackupsData, Backups>('GET', '/admin/v1/backups', { signal }),
    refetchInterval: (query) => (query.state.data?.making ? progressEvery : query.state.error ? false : glanceEvery),
  });
}

export function useMakeBackup() {
  const client = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (body: { password: string; passphrase: string; code?: string }) =>
      call<MakeBackupData, Backups>('POST', '/admin/v1/backups', { body }),
    onSuccess: (state) => client.setQueryData(backupsKey, state),
  });
}

export function useDownloadBackup() {
  return useMutation({
    gcTime: 0,
    // Saved also where the page was left, or another download begun, before it was there.
    mutationFn: async (name: string) =>
      saveFile(name, await (await send(`/admin/v1/backups/${encodeURIComponent(name)}`)).blob()),
  });
}

export function useDeleteBackup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      call<DeleteBackupData, void>('DELETE', '/admin/v1/backups/{name}', { path: { name } }),
    onSettled: () => client.invalidateQueries({ queryKey: backupsKey }),
  });
}

const scheduleKey = [...backupsKey, 'schedule'];

export function useBackupSchedule() {
  return useQuery({
    queryKey: scheduleKey,
    queryFn: ({ signal }) =>
      call<GetBackupScheduleData, BackupSchedule>('GET', '/admin/v1/backups/schedule', { signal }),
    refetchInterval: (query) => (query.state.error ? false : glanceEvery),
  });
}

export function useSetBackupSchedule() {
  const client = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (body: SetBackupSchedule) =>
      call<SetBackupScheduleData, BackupSchedule>('PUT', '/admin/v1/backups/schedule', { body }),
    onSuccess: (state) => client.setQueryData(scheduleKey, state),
  });
}

export function useDeleteBackupSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<DeleteBackupScheduleData, void>('DELETE', '/admin/v1/backups/schedule', {}),
    onSettled: () => client.invalidateQueries({ queryKey: scheduleKey }),
  });
}

const keysKey = ['system', 'keys'];

export function useKeys() {
  return useQuery({
    queryKey: keysKey,
    queryFn: ({ signal }) => call<GetKeysData, Keys>('GET', '/admin/v1/keys', { signal }),
  });
}

/** `kid` is that of the key that is replaced. */
export function useRotateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (kid: string) => call<RotateKeyData, Keys>('POST', '/admin/v1/keys/rotate', { body: { kid } }),
    onSettled: () => client.invalidateQueries({ queryKey: keysKey }),
  });
}

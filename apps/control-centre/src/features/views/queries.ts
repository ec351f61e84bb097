import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type {
  AdminRunList,
  AdminViewTemplate,
  AdminViewTemplateList,
  CreateViewTemplate,
  CreateViewTemplateData,
  CreateViewTemplateVersionData,
  DeleteViewInstanceData,
  DeleteViewTemplateData,
  DryRun,
  DryRunViewTemplate,
  DryRunViewTemplateData,
  GetViewInstanceData,
  GetViewTemplateData,
  GetViewTemplateVersionData,
  ListRunsData,
  ListViewInstancesData,
  ListViewTemplateVersionsData,
  ListViewTemplatesData,
  PermissionList,
  ListPermissionsData,
  ViewInstance,
  ViewInstanceList,
  ViewTemplateVersion,
  ViewTemplateVersionList,
} from '../../api/operations.ts';

export function useTemplates(cursor: string | undefined) {
  return useQuery({
    queryKey: ['templates', 'list', cursor],
    queryFn: ({ signal }) =>
      call<ListViewTemplatesData, AdminViewTemplateList>('GET', '/admin/v1/view-templates', {
        query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

export function useTemplate(id: string) {
  return useQuery({
    queryKey: ['templates', 'one', id],
    queryFn: ({ signal }) =>
      call<GetViewTemplateData, AdminViewTemplate>('GET', '/admin/v1/view-templates/{id}', { path: { id }, signal }),
  });
}

export function useVersions(id: string | undefined) {
  return useQuery({
    queryKey: ['templates', 'versions', id],
    ...(id === undefined ? { enabled: false } : {}),
    queryFn: ({ signal }) =>
      call<ListViewTemplateVersionsData, ViewTemplateVersionList>('GET', '/admin/v1/view-templates/{id}/versions', {
        path: { id: id! },
        query: { limit: 200 },
        signal,
      }),
  });
}

export function useVersion(id: string | undefined, version: number | undefined) {
  return useQuery({
    queryKey: ['templates', 'version', id, version],
    enabled: id !== undefined && version !== undefined,
    queryFn: ({ signal }) =>
      call<GetViewTemplateVersionData, ViewTemplateVersion>('GET', '/admin/v1/view-templates/{id}/versions/{version}', {
        path: { id: id!, version: version! },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useRegister() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateViewTemplate) =>
      call<CreateViewTemplateData, AdminViewTemplate>('POST', '/admin/v1/view-templates', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['templates'] }),
  });
}

export type Correction = Omit<CreateViewTemplate, 'name' | 'runtime'>;

export function useCorrect(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Correction) =>
      call<CreateViewTemplateVersionData, ViewTemplateVersion>('POST', '/admin/v1/view-templates/{id}/versions', {
        path: { id },
        body,
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['templates'] });
      void client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
}

export function useDeleteTemplate(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<DeleteViewTemplateData, void>('DELETE', '/admin/v1/view-templates/{id}', { path: { id } }),
    // Awaited, the page of what is gone would be drawn anew, and never left.
    onSuccess: () => {
      client.removeQueries({ queryKey: ['templates', 'one', id] });
      void client.invalidateQueries({ queryKey: ['templates', 'list'] });
    },
  });
}

/** Runs code that is not registered, read-only; resolves with the run, whatever became of it. */
export function useDryRun() {
  return useMutation({
    mutationFn: ({ body, signal }: { readonly body: DryRunViewTemplate; readonly signal: AbortSignal }) =>
      call<DryRunViewTemplateData, DryRun>('POST', '/admin/v1/view-templates/dry-run', { body, signal }),
  });
}

export function useInstancesOf(viewTemplate: string) {
  return useQuery({
    queryKey: ['instances', 'of-template', viewTemplate],
    queryFn: ({ signal }) =>
      call<ListViewInstancesData, ViewInstanceList>('GET', '/admin/v1/view-instances', {
        query: { viewTemplate, limit: 50, count: true },
        signal,
      }),
  });
}

export function useInstance(id: string) {
  return useQuery({
    queryKey: ['instances', 'one', id],
    queryFn: ({ signal }) =>
      call<GetViewInstanceData, ViewInstance>('GET', '/admin/v1/view-instances/{id}', { path: { id }, signal }),
  });
}

export function useDeleteInstance(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<DeleteViewInstanceData, void>('DELETE', '/admin/v1/view-instances/{id}', { path: { id } }),
    onSuccess: () => {
      client.removeQueries({ queryKey: ['instances', 'one', id] });
      for (const key of ['instances', 'permissions', 'runs']) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

/** The permissions of one instance: those of its app, by the instance. */
export function useInstancePermissions(appId: string | undefined, instanceId: string) {
  return useQuery({
    queryKey: ['permissions', 'of-instance', instanceId],
    enabled: appId !== undefined,
    queryFn: async ({ signal }) => {
      const page = await call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
        query: { app: appId!, limit: 1000 },
        signal,
      });
      return page.items.filter(({ viewInstanceId }) => viewInstanceId === instanceId);
    },
  });
}

export function useRunsOf(filter: { readonly viewInstance?: string; readonly viewTemplate?: string }) {
  return useQuery({
    queryKey: ['runs', 'of', filter],
    queryFn: ({ signal }) =>
      call<ListRunsData, AdminRunList>('GET', '/admin/v1/runs', { query: { ...filter, limit: 10 }, signal }),
  });
}

import { useQuery } from '@tanstack/react-query';
import { call } from './client.ts';
import type {
  App,
  AppList,
  GetAppData,
  GetPermissionData,
  GetProfileData,
  GetSecondFactorData,
  GetViewTemplateData,
  ListAppsData,
  ListRuntimesData,
  Permission,
  Profile,
  RuntimeList,
  SecondFactor,
  AdminViewTemplate,
} from './operations.ts';

// What several features name: looked up once, kept for a minute, refreshed by the notifications.

export function useApp(id: string) {
  return useQuery({
    queryKey: ['apps', 'one', id],
    queryFn: ({ signal }) => call<GetAppData, App>('GET', '/admin/v1/apps/{id}', { path: { id }, signal }),
    staleTime: 60_000,
  });
}

/** The apps to choose from. */
export function useAppChoices(enabled: boolean) {
  return useQuery({
    queryKey: ['apps', 'choices'],
    ...(enabled ? {} : { enabled: false }),
    queryFn: async ({ signal }) =>
      (await call<ListAppsData, AppList>('GET', '/admin/v1/apps', { query: { limit: 1000 }, signal })).items,
    staleTime: 60_000,
  });
}

export function useProfile(name: string) {
  return useQuery({
    queryKey: ['profiles', 'one', name],
    queryFn: ({ signal }) =>
      call<GetProfileData, Profile>('GET', '/admin/v1/profiles/{name}', { path: { name }, signal }),
    staleTime: 60_000,
  });
}

export function useTemplate(id: string) {
  return useQuery({
    queryKey: ['templates', 'one', id],
    queryFn: ({ signal }) =>
      call<GetViewTemplateData, AdminViewTemplate>('GET', '/admin/v1/view-templates/{id}', { path: { id }, signal }),
    staleTime: 60_000,
  });
}

export function usePermission(id: string) {
  return useQuery({
    queryKey: ['permissions', 'one', id],
    queryFn: ({ signal }) =>
      call<GetPermissionData, Permission>('GET', '/admin/v1/permissions/{id}', { path: { id }, signal }),
  });
}

export function useRuntimes() {
  return useQuery({
    queryKey: ['system', 'runtimes'],
    queryFn: ({ signal }) => call<ListRuntimesData, RuntimeList>('GET', '/admin/v1/runtimes', { signal }),
  });
}

export const secondFactorKey = ['second-factor'];

export function useSecondFactor() {
  return useQuery({
    queryKey: secondFactorKey,
    queryFn: ({ signal }) => call<GetSecondFactorData, SecondFactor>('GET', '/admin/v1/second-factor', { signal }),
  });
}

import { useQuery } from '@tanstack/react-query';
import { call } from './client.ts';
import type {
  AdminViewTemplate,
  App,
  GetAppData,
  GetPermissionData,
  GetProfileData,
  GetSecondFactorData,
  GetViewTemplateData,
  ListAppsData,
  ListProfilesData,
  ListRuntimesData,
  ListViewTemplatesData,
  Permission,
  Profile,
  RuntimeList,
  SecondFactor,
} from './operations.ts';
import { when } from './query-client.ts';

// What several features name: looked up once, kept for a minute, refreshed by the notifications.

export function useApp(id: string) {
  return useQuery({
    queryKey: ['apps', 'one', id],
    queryFn: ({ signal }) => call<GetAppData, App>('GET', '/admin/v1/apps/{id}', { path: { id }, signal }),
    staleTime: 60_000,
  });
}

interface Choosable extends Pick<ListAppsData, 'query'> {
  readonly url: (ListAppsData | ListProfilesData | ListViewTemplatesData)['url'];
}

/** A list that is chosen from or searched is read whole, up to this many pages of 200: what is beyond is older. */
const mostPages = 50;

/** Things to choose from: all that the keep has, newest first. */
function choicesOf<Item>(kind: string, url: Choosable['url']) {
  return {
    queryKey: [kind, 'choices'],
    queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<readonly Item[]> => {
      const all: Item[] = [];
      for (let cursor: string | undefined, page = 0; page < mostPages; page += 1) {
        const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
        const { items, nextCursor } = await call<Choosable, { items: Item[]; nextCursor: string | null }>('GET', url, {
          query,
          signal,
        });
        all.push(...items);
        if (nextCursor === null) break;
        cursor = nextCursor;
      }
      return all;
    },
    staleTime: 60_000,
  };
}

const appChoices = choicesOf<App>('apps', '/admin/v1/apps');
export const profileChoices = choicesOf<Profile>('profiles', '/admin/v1/profiles');
const templateChoices = choicesOf<AdminViewTemplate>('templates', '/admin/v1/view-templates');

export const useAppChoices = (enabled = true) => useQuery({ ...appChoices, ...when(enabled) });
export const useProfileChoices = (enabled = true) => useQuery({ ...profileChoices, ...when(enabled) });
export const useTemplateChoices = () => useQuery(templateChoices);

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

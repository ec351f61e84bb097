import { useQueries } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type { App, GetAppData } from '../../api/operations.ts';
import { isProblem } from '../../api/problem.ts';
import { queryClient } from '../../api/query-client.ts';
import { shortText } from './titles.ts';

const oneApp = (id: string) => ({
  queryKey: ['apps', 'one', id],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    call<GetAppData, App>('GET', '/admin/v1/apps/{id}', { path: { id }, signal }),
  staleTime: 60_000,
});

/** The names of apps by their ids, to be shown. Events outlive the apps that sent them. */
export function useAppNames(ids: readonly string[]): ReadonlyMap<string, string> {
  return useQueries({
    queries: ids.map(oneApp),
    combine: (answers) =>
      new Map(
        answers.map(({ data, error }, index) => [
          ids[index]!,
          data ? shortText(data.name, 40) : isProblem(error, 'not-found') ? 'a removed app' : '…',
        ]),
      ),
  });
}

const names = new Map<string, string>();

/** The name of an app for a file; empty where the app is gone. */
export async function appName(id: string): Promise<string> {
  const known = names.get(id);
  if (known !== undefined) return known;
  try {
    const { name } = await queryClient.fetchQuery({ ...oneApp(id), retry: false });
    names.set(id, name);
    return name;
  } catch (error) {
    if (isProblem(error, 'not-found')) names.set(id, '');
    return '';
  }
}

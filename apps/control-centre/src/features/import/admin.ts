import { call, send } from '../../api/client.ts';
import type {
  App,
  AppList,
  ApprovePermissionData,
  AssociationToken,
  CreateAppData,
  CreateAssociationTokenData,
  DenyPermissionData,
  ListAppsData,
  Permission,
} from '../../api/operations.ts';
import type { Right } from '../../components/names/rights.ts';

/** Not the one of `datakeep import`: associating that anew would void the token which the command has. */
const app = {
  name: 'Import page',
  description: 'Brings in the files that you choose on the page Import of this Control Centre.',
};

/** A one-time token of the app that imports, which is made where there is none. */
export async function associationToken(): Promise<string> {
  const { id } = (await found()) ?? (await call<CreateAppData, App>('POST', '/admin/v1/apps', { body: app }));
  const made = await call<CreateAssociationTokenData, AssociationToken>(
    'POST',
    '/admin/v1/apps/{id}/association-tokens',
    { path: { id }, body: { expiresInSeconds: 60 } },
  );
  return made.associationToken;
}

async function found(): Promise<App | undefined> {
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await call<ListAppsData, AppList>('GET', '/admin/v1/apps', {
      query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) },
    });
    const mine = items.find(({ name, description }) => name === app.name && description === app.description);
    if (mine || !nextCursor) return mine;
    cursor = nextCursor;
  }
}

export const approve = (id: string, right: Right): Promise<Permission> =>
  call<ApprovePermissionData, Permission>('POST', '/admin/v1/permissions/{id}/approve', {
    path: { id },
    body: { rights: [right] },
  });

export const deny = (id: string): Promise<Permission> =>
  call<DenyPermissionData, Permission>('POST', '/admin/v1/permissions/{id}/deny', { path: { id }, body: {} });

/** Sent also where the tab is being closed. */
export const denyUnanswered = (id: string): Promise<unknown> =>
  send(`/admin/v1/permissions/${encodeURIComponent(id)}/deny`, {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'The page was left before the import was allowed.' }),
  });

import {
  type Paging,
  type RecordPage,
  VIEW_MANAGER,
  type ViewManager,
  type ViewTemplateVersion,
} from '@datakeep/contracts';
import { Apps, AuditLog, Permissions } from '@datakeep/registry';
import type { RunningKeep } from '../../../standalone/src/index.ts';

const pageItems = 200;

/** The records of a keep as its admin reads them, each list whole and in its order; of templates every version. */
export function listsOf({ app }: RunningKeep) {
  const views = app.get<ViewManager>(VIEW_MANAGER);
  return {
    apps: () => everyPage((paging) => app.get(Apps).list(paging)),
    permissions: () => everyPage((paging) => app.get(Permissions).list({}, paging)),
    audit: () => everyPage((paging) => app.get(AuditLog).list({}, paging)),
    templates: () => versionsOf(views),
    sourceOf: ({ viewTemplateId, version }: ViewTemplateVersion) => views.getTemplateSource(viewTemplateId, version),
    instances: () => everyPage((paging) => views.listInstances({}, paging)),
    runs: () => everyPage((paging) => views.listRuns({}, paging)),
  };
}

async function* versionsOf(views: ViewManager): AsyncGenerator<ViewTemplateVersion, void, undefined> {
  for await (const { id } of everyPage((paging) => views.listTemplates(paging)))
    yield* everyPage((paging) => views.listTemplateVersions(id, paging));
}

async function* everyPage<T>(read: (paging: Paging) => Promise<RecordPage<T>>): AsyncGenerator<T, void, undefined> {
  let after: unknown;
  do {
    const { items, next } = await read({ limit: pageItems, ...(after === undefined ? {} : { after }) });
    yield* items;
    after = next ?? undefined;
  } while (after !== undefined);
}

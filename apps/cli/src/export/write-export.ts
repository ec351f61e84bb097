import { BULK_SERVICE, type BulkService, PROFILES } from '@datakeep/contracts';
import type { Profiles } from '@datakeep/registry';
import type { RunningKeep } from '../../../standalone/src/index.ts';
import type { ExportFolder } from './export-folder.ts';
import { type ExportContent, indexPage } from './index-page.ts';
import { listsOf } from './keep-lists.ts';

/** Writes all that a keep has into a folder, in open formats (docs/export.md). */
export async function writeExport(
  keep: RunningKeep,
  folder: ExportFolder,
  { datakeep, createdDate }: Pick<ExportContent, 'datakeep' | 'createdDate'>,
): Promise<ExportContent> {
  const lists = listsOf(keep);
  const profiles = await writeProfiles(keep, folder);
  const files = {
    'apps.ndjson': await folder.writeLines('apps.ndjson', lists.apps()),
    'permissions.ndjson': await folder.writeLines('permissions.ndjson', lists.permissions()),
    'audit.ndjson': await folder.writeLines('audit.ndjson', lists.audit()),
    'view-templates.ndjson': await folder.writeLines('view-templates.ndjson', lists.templates()),
    'view-instances.ndjson': await folder.writeLines('view-instances.ndjson', lists.instances()),
    'runs.ndjson': await folder.writeLines('runs.ndjson', lists.runs()),
  };
  const views: ExportContent['views'][number][] = [];
  for await (const template of lists.templates()) {
    const { viewTemplateId, name, version } = template;
    const inFolder = `views/${viewTemplateId}/${version}`;
    for (const file of await lists.sourceOf(template)) folder.write(`${inFolder}/${file.path}`, file.content);
    views.push({ name, version, folder: inFolder });
  }
  const content: ExportContent = { format: 1, datakeep, createdDate, profiles, files, views };
  folder.write('manifest.json', `${JSON.stringify(content, null, 2)}\n`);
  folder.write('index.html', indexPage(content));
  return content;
}

/** A file of its own for each profile and for its events, since the name of a profile need not be one of a file. */
async function writeProfiles(keep: RunningKeep, folder: ExportFolder): Promise<ExportContent['profiles']> {
  const bulk = keep.app.get<BulkService>(BULK_SERVICE);
  const catalogue = keep.app.get<Profiles>(PROFILES);
  const written: ExportContent['profiles'][number][] = [];
  for (const name of (await catalogue.names()).toSorted()) {
    const { schema } = await catalogue.get(name);
    const base = `${String(written.length + 1).padStart(3, '0')}-${name.replaceAll(/[^A-Za-z0-9._-]+/g, '_')}`.slice(
      0,
      100,
    );
    const paths = { schema: `schemas/${base}.json`, events: `events/${base}.ndjson` };
    folder.write(paths.schema, `${JSON.stringify(schema, null, 2)}\n`);
    const { lines, count } = await bulk.export(JSON.stringify({ profile: name }));
    await folder.writeTexts(paths.events, lines);
    const title = typeof schema === 'object' && typeof schema['title'] === 'string' ? { title: schema['title'] } : {};
    written.push({ name, ...title, ...paths, count: count.events });
  }
  return written;
}

import {
  blobSource,
  importers,
  ImportFault,
  type ImporterName,
  isImportLog,
  previewOf,
  type ReadOptions,
  recognise,
  type Source,
  tableFormOf,
  tableMembers,
} from '@datakeep/importers';
import type { Choices, Look, Shown, Table } from './calls.ts';
import { library } from './library.ts';

/** A preview reads no further than this, so that it is there at once. */
const mostBytes = 24 * 1024 * 1024;
const mostEvents = 20_000;
const mostRows = 8;

const kinds = (Object.keys(importers) as ImporterName[]).map((value) => ({ value, label: importers[value].title }));

class Enough extends Error {}

export const optionsOf = ({ dates, decimal, encoding, mapping }: Choices): ReadOptions => ({
  profiles: library,
  dates,
  decimal,
  encoding,
  mapping,
});

export async function look({ file, choices }: { readonly file: File; readonly choices: Choices }): Promise<Look> {
  const none = { title: '', kinds, profiles: [], isReport: false };
  if (isImportLog(await file.slice(0, 100).text())) return { ...none, isReport: true };
  let read = 0;
  const source = blobSource(file, file.name, (start, end) => {
    read += end - start;
    if (read > mostBytes) throw new Enough();
  });
  const importer = choices.importer ?? (await recognised(source));
  if (typeof importer !== 'string') return { ...none, fault: importer.message };
  const options = optionsOf(choices);
  let seen: Look = { ...none, importer, title: importers[importer].title };
  try {
    if (importer === 'csv') {
      // Also of a table that cannot be read as it was said, which can be said anew.
      seen = { ...seen, table: { header: [], missing: [], profiles: tableProfiles } };
      const table = { ...(await tableFormOf(source, options)), profiles: tableProfiles };
      seen = { ...seen, table, profiles: table.mapping ? [table.mapping.profile] : [] };
      if (table.mapping === undefined || table.missing.length > 0) return seen;
    } else seen = { ...seen, profiles: profilesOf(importer) };
    let events = 0;
    read = 0;
    const preview = await previewOf(importers[importer].read(source, options), mostRows, () => {
      events += 1;
      return read > mostBytes || events >= mostEvents;
    });
    const { counts, rows, isWhole, tally } = preview;
    const { refused, refusals, notes } = tally;
    return { ...seen, shown: { counts, rows, isWhole, refused, refusals, notes } satisfies Shown };
  } catch (error) {
    if (!(error instanceof ImportFault)) throw error;
    return { ...seen, profiles: [], fault: error.message };
  }
}

async function recognised(source: Source): Promise<ImporterName | ImportFault> {
  try {
    return await recognise(source);
  } catch (error) {
    if (error instanceof ImportFault) return error;
    throw error;
  }
}

export function profilesOf(name: ImporterName): readonly string[] {
  const importer = importers[name];
  return 'profiles' in importer ? importer.profiles : [];
}

/** One with required members that no column can fill is not for tables. */
const tableProfiles: Table['profiles'] = library
  .map((profile) => ({
    name: profile.name,
    title: typeof profile.schema['title'] === 'string' ? profile.schema['title'] : profile.name,
    members: tableMembers(profile),
  }))
  .filter(({ members }) => members.length > 1);

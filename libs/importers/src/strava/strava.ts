import { entriesOf, entryOf } from '../archive/zip-entries.ts';
import { itemsOfEntry } from '../archive/entry-items.ts';
import { gunzipped } from '../archive/gunzipped.ts';
import { rowsOf } from '../csv/csv.ts';
import { readGpx } from '../gpx/gpx.ts';
import { ImportFault, type ImportItem, itemOf, type Source } from '../importer.ts';
import { type Columns, columnsOf, workoutOf } from './activities.ts';
import { readFit } from './fit.ts';
import { readTcx } from './tcx.ts';

export const stravaProfiles: readonly string[] = ['library/workout', 'library/location', 'library/heart-rate'];

/** Of one recording, unpacked. */
const mostBytes = 256 * 1024 * 1024;
/** Also in a folder, as people pack an archive again. */
const isTable = /^([^/]+\/)?activities\.csv$/;
const isRecording = /^([^/]+\/)?activities\/[^/]+\.(gpx|tcx|fit)(\.gz)?$/i;

const readers: Readonly<Partial<Record<string, (source: Source) => AsyncIterable<ImportItem>>>> = {
  gpx: (source) => readGpx(source, { heartRates: true }),
  tcx: readTcx,
  fit: readFit,
};

/** The archive that Strava makes of an account. */
export const isStrava = (_head: string, names: readonly string[]): boolean => names.some((name) => isTable.test(name));

/** Workouts of the table, points and heart rates of the recordings. Memory does not grow with the archive. */
export async function* readStrava(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const table = await entryOf(source, (name) => isTable.test(name));
  if (!table) throw new ImportFault(`${source.name} has no activities.csv, as an archive of Strava has.`);
  yield* workouts(table);
  for await (const entry of entriesOf(source, (name) => isRecording.test(name)))
    yield* itemsOfEntry(entry, recorded(entry));
}

async function* workouts(table: Source): AsyncGenerator<ImportItem, void, undefined> {
  let columns: Columns | undefined;
  let withoutMetres = 0;
  for await (const { line, cells } of rowsOf(table, {})) {
    if (!columns) {
      const found = columnsOf(cells);
      if (typeof found === 'string') throw new ImportFault(found);
      columns = found;
      continue;
    }
    const made = workoutOf(cells, columns);
    if (typeof made !== 'string' && columns.metres === -1) withoutMetres += 1;
    yield itemOf(made, line, 'activities.csv: ');
  }
  if (withoutMetres > 0) {
    const text = `The distances of ${withoutMetres} activities are left out: activities.csv does not name their unit.`;
    yield { kind: 'note', text };
  }
}

function recorded(entry: Source): AsyncIterable<ImportItem> {
  const [, , kind = '', packing] = isRecording.exec(entry.name) ?? [];
  const source = packing === undefined ? entry : gunzipped(entry, mostBytes);
  return readers[kind.toLowerCase()]!(source);
}

import { itemsOfEntry } from '../archive/entry-items.ts';
import { entriesOf, isZip } from '../archive/zip-entries.ts';
import { ImportFault, type ImportItem, itemOf, type Source } from '../importer.ts';
import { elementsOf, type JsonPath } from '../json/elements.ts';
import { membersOf } from '../json/json-values.ts';
import { LeftOut } from '../left-out.ts';
import { headOf } from '../source-text.ts';
import { fromRawSignal, fromRecord, fromSegment, fromTimelineObject, type Reading } from './forms.ts';

/** The forms that Google has given its Timeline, by the list that holds them; the iOS form is a list alone. */
const readings: Readonly<Record<string, Reading>> = {
  '[]': fromSegment,
  'semanticSegments/[]': fromSegment,
  'rawSignals/[]': fromRawSignal,
  'timelineObjects/[]': fromTimelineObject,
  'locations/[]': fromRecord,
};

/** Files that lie beside it, or are taken for it, by what is in them. */
const others: readonly (readonly [RegExp, string])[] = [
  [/^\s*\{[^]*"(hasReportedLocations|deviceSettings|retentionWindowDays)"/, 'Settings.json, the settings of Timeline'],
  [/^\s*\{\s*"timelineEdits"/, 'Timeline Edits.json, what was corrected in Timeline'],
  [/encrypted Timeline backups/i, 'Encrypted Backups.txt, a note that a phone keeps an encrypted copy at Google'],
  [/^\s*\[\s*\{[^]*"header"\s*:\s*"[^]*"titleUrl"/, 'My Activity, what was looked for'],
  [/^\s*\{[^]*"FeatureCollection"[^]*google_maps_url/, 'saved places of Google Maps'],
];

const whereItIs =
  'On the phone that has your Timeline, export it: Android, Settings, Location, Location services, Timeline; iPhone, ' +
  'Google Maps, Your Timeline, Location and privacy.';

/** Takeout's archive, in any language, or files of it that were packed again. */
const isTakeout = /^Takeout\/|(^|\/)(Records|Timeline|location-history|\d{4}_[A-Z]+)\.json$/;

/** Throws `ImportFault` for a file of Google's that says nothing of where somebody was. */
export function isTimeline(head: string, names: readonly string[]): boolean {
  return names.some((name) => isTakeout.test(name)) || isOfTimeline(head);
}

/** Also throws for those that lie beside it. */
function isOfTimeline(head: string): boolean {
  if (/^\s*\{/.test(head) && /"(semanticSegments|rawSignals|userLocationProfile|timelineObjects)"\s*:/.test(head))
    return true;
  if (/^\s*\{\s*"locations"\s*:/.test(head)) return true;
  if (/^\s*\[\s*\{/.test(head) && /"geo:|"(visit|activity|timelinePath|timelineMemory)"\s*:/.test(head)) return true;
  const other = others.find(([signs]) => signs.test(head))?.[1];
  if (other === undefined) return false;
  throw new ImportFault(`This is ${other}; where you were is not in it. ${whereItIs}`);
}

/** Visits, ways and points of any form, also of Takeout's archive. Memory does not grow with the file. */
export async function* readTimeline(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const leftOut = new LeftOut();
  if (isZip(await headOf(source))) yield* readArchive(source, leftOut);
  else yield* readFile(source, leftOut);
  yield* leftOut.notes((count, kind) => `${count} of ${kind} left out: it has no place.`);
}

/** Folders and files of it have names in the language of the account: each file is known by what is in it. */
async function* readArchive(source: Source, leftOut: LeftOut): AsyncGenerator<ImportItem, void, undefined> {
  let files = 0;
  for await (const entry of entriesOf(source, (name) => name.endsWith('.json'))) {
    if (!isPart(await headOf(entry))) continue;
    files += 1;
    yield* itemsOfEntry(entry, readFile(entry, leftOut));
  }
  if (files === 0) throw new ImportFault(`${source.name} has no file of a Timeline in it. ${whereItIs}`);
}

/** One that lies beside it has nothing to read, within an archive. */
function isPart(head: string): boolean {
  try {
    return isOfTimeline(head);
  } catch {
    return false;
  }
}

async function* readFile(source: Source, leftOut: LeftOut): AsyncGenerator<ImportItem, void, undefined> {
  const indexes = new Map<string, number>();
  for await (const element of elementsOf(source, (path) => Object.hasOwn(readings, path.join('/')))) {
    if (element.kind === 'refused') {
      yield element;
      continue;
    }
    const { path, value, line } = element;
    const index = indexes.get(path.join('/')) ?? 0;
    indexes.set(path.join('/'), index + 1);
    const made = readings[path.join('/')]!(membersOf(value));
    if (made.length === 0) leftOut.add(partOf(value));
    for (const one of made) yield itemOf(one, line, `${placeOf(path, index)}: `);
  }
  if (indexes.size === 0) {
    const lists = Object.keys(readings).map((path) => path.replace('/[]', ''));
    throw new ImportFault(`${source.name} has none of the lists of a Google Timeline: ${lists.join(', ')}.`);
  }
}

const placeOf = (path: JsonPath, index: number): string => `${path.slice(0, -1).join('.')}[${index}]`;

/** What an element is, by its member that is an object or a list. */
function partOf(value: unknown): string {
  const part = Object.entries(membersOf(value)).find(([, member]) => typeof member === 'object');
  return part?.[0].slice(0, 50) ?? 'elements without a part';
}

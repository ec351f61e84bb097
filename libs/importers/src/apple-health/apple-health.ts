import { entryOf, isZip } from '../archive/zip-entries.ts';
import { ImportFault, type ImportItem, itemOf, type Source } from '../importer.ts';
import { LeftOut } from '../left-out.ts';
import { headOf } from '../source-text.ts';
import { itemsOfXml, type XmlAttributes, type XmlHandler } from '../xml/xml-items.ts';
import { isRead, measured, workout, type WorkoutSum } from './measurements.ts';

const profiles = ['heart-rate', 'step-count', 'sleep', 'body-weight', 'workout'] as const;
export const healthProfiles: readonly string[] = profiles.map((name) => `library/${name}`);

const mostSums = 100;
// A tab, a line feed and a carriage return are characters of XML.
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const isExport = /^apple_health_export\/[^/]+\.xml$/i;
const isXml = (head: string): boolean => /<!DOCTYPE HealthData|<HealthData[\s>]/.test(head);

/** `export.zip`, whose entries lie in one folder, or the XML in it. */
export const isAppleHealth = (head: string, names: readonly string[]): boolean =>
  isXml(head) || names.some((name) => isExport.test(name));

/** Heart rates, steps, sleep, weight and workouts. Memory does not grow with the file. */
export async function* readAppleHealth(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const clean = (text: string): string => text.replaceAll(control, '');
  yield* itemsOfXml(await exportOf(source), new HealthHandler(), { kind: 'export of Health', clean });
}

/** By its begin: the name of the XML is in the language of the phone. */
async function exportOf(source: Source): Promise<Source> {
  if (!isZip(await headOf(source))) return source;
  const found = await entryOf(source, (name) => isExport.test(name), isXml);
  if (found) return found;
  throw new ImportFault(`${source.name} has no XML of Apple Health in apple_health_export/.`);
}

class HealthHandler implements XmlHandler {
  readonly items: ImportItem[] = [];
  readonly #leftOut = new LeftOut();
  #seen = false;
  #open:
    | { readonly tag: string; readonly line: number; readonly attributes: XmlAttributes; readonly sums: WorkoutSum[] }
    | undefined;
  #motion: string | undefined;

  open(tag: string, attributes: XmlAttributes, line: number): void {
    if (tag === 'HealthData') this.#seen = true;
    const open = this.#open;
    if (tag === 'Record' || tag === 'Workout') {
      this.#open = { tag, line, attributes, sums: [] };
      this.#motion = undefined;
    } else if (open && tag === 'MetadataEntry' && attributes['key'] === 'HKMetadataKeyHeartRateMotionContext')
      this.#motion = attributes['value'];
    else if (open && tag === 'WorkoutStatistics' && open.sums.length < mostSums)
      open.sums.push({ type: attributes['type'] ?? '', sum: attributes['sum'], unit: attributes['unit'] });
  }

  close(tag: string): void {
    const open = this.#open;
    if (!open || open.tag !== tag) return;
    this.#open = undefined;
    const type = open.attributes['type'] ?? '';
    if (tag === 'Record' && !isRead(type)) {
      this.#leftOut.add(type.replace(/^HK\w+?TypeIdentifier/, '').slice(0, 100) || 'records without a type');
      return;
    }
    const made = tag === 'Record' ? measured(open.attributes, this.#motion) : workout(open.attributes, open.sums);
    this.items.push(itemOf(made, open.line));
  }

  end(): void {
    if (!this.#seen) throw new ImportFault('The file has no HealthData of Apple Health.');
    this.items.push(...this.#leftOut.notes((count, kind) => `${count} of ${kind} left out.`));
  }
}

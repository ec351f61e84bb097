import { exercisePoint } from '../exercise-point.ts';
import type { ImportItem, Source } from '../importer.ts';
import { instantOf } from '../instant.ts';
import { numberOf } from '../json/json-values.ts';
import { headOf } from '../source-text.ts';
import { itemsOfXml, type XmlAttributes, type XmlHandler } from '../xml/xml-items.ts';

const pointTags = new Set(['trkpt', 'wpt', 'rtept']);
/** Of extensions of a point, at any depth within it. */
const extensionTags = new Set(['speed', 'course', 'hr']);
/** Text of a point beyond this is cut. */
const longestText = 500;

export interface GpxOptions {
  /** Whether a point's heart rate becomes an event as well. */
  readonly heartRates?: boolean;
}

interface Point {
  readonly line: number;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  readonly texts: Map<string, string>;
}

export const isGpx = (head: string): boolean => /<(\w+:)?gpx[\s>]/.test(head);

/** Points of tracks and waypoints that have a time, as `library/location`. Memory does not grow with the file. */
export async function* readGpx(
  source: Source,
  { heartRates = false }: GpxOptions = {},
): AsyncGenerator<ImportItem, void, undefined> {
  const encoding = /^[^>]*encoding=["']([\w-]+)["']/.exec(await headOf(source))?.[1] ?? 'utf-8';
  yield* itemsOfXml(source, new GpxHandler(heartRates), { kind: 'GPX', encoding });
}

class GpxHandler implements XmlHandler {
  readonly items: ImportItem[] = [];
  readonly #heartRates: boolean;
  readonly #path: string[] = [];
  #point: Point | undefined;
  #track = new Map<string, string>();

  constructor(heartRates: boolean) {
    this.#heartRates = heartRates;
  }

  open(tag: string, attributes: XmlAttributes, line: number): void {
    this.#path.push(tag);
    // A speed may stand in the point and in an extension of it.
    this.#texts()?.delete(tag);
    if (tag === 'trk' || tag === 'rte') this.#track = new Map();
    if (!pointTags.has(tag)) return;
    const [latitude, longitude] = [numberOf(attributes['lat']), numberOf(attributes['lon'])];
    this.#point = { line, latitude, longitude, texts: new Map() };
  }

  text(text: string): void {
    const texts = this.#texts();
    const tag = this.#path.at(-1)!;
    texts?.set(tag, `${texts.get(tag) ?? ''}${text}`.slice(0, longestText));
  }

  /** Where the text of the open tag goes, if it is read. */
  #texts(): Map<string, string> | undefined {
    const [parent, tag] = [this.#path.at(-2), this.#path.at(-1)];
    if (parent === undefined || tag === undefined) return undefined;
    if (this.#point && (pointTags.has(parent) || extensionTags.has(tag))) return this.#point.texts;
    return parent === 'trk' || parent === 'rte' ? this.#track : undefined;
  }

  close(tag: string): void {
    this.#path.pop();
    const point = this.#point;
    if (!pointTags.has(tag) || !point) return;
    this.#point = undefined;
    const { line, latitude, longitude, texts } = point;
    const track = tag === 'wpt' ? undefined : this.#track;
    const made = exercisePoint({
      line,
      // GPX has times in UTC, also where it leaves out the `Z`.
      time: instantOf(texts.get('time')),
      latitude,
      longitude,
      elevation: numberOf(texts.get('ele')),
      speed: numberOf(texts.get('speed')),
      heading: numberOf(texts.get('course')),
      heartRate: this.#heartRates ? numberOf(texts.get('hr')) : undefined,
      name: texts.get('name'),
      track: track?.get('name'),
      activity: track?.get('type'),
    });
    this.items.push(...made);
  }
}

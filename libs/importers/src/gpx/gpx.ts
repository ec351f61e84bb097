import { SaxesParser } from 'saxes';
import { identifierOf } from '../identifier.ts';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { instantOf } from '../instant.ts';
import { headOf, textOf } from '../source-text.ts';

const pointTags = new Set(['trkpt', 'wpt', 'rtept']);
/** Text of a point beyond this is cut. */
const longestText = 500;
/** Between two tags: the parser holds it until the next one. */
const longestPart = 16 * 1024 * 1024;

interface Point {
  readonly line: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly texts: Map<string, string>;
}

export const isGpx = (head: string): boolean => /<(\w+:)?gpx[\s>]/.test(head);

/** Points of tracks and waypoints that have a time, as `library/location`. Memory does not grow with the file. */
export async function* readGpx(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const reader = new GpxReader();
  for await (const text of textOf(source, await encodingOf(source))) {
    reader.write(text);
    yield* reader.take();
  }
  reader.end();
  yield* reader.take();
}

async function encodingOf(source: Source): Promise<string> {
  return /^[^>]*encoding=["']([\w-]+)["']/.exec(await headOf(source))?.[1] ?? 'utf-8';
}

class GpxReader {
  readonly #parser = new SaxesParser({ position: true, xmlns: false });
  readonly #path: string[] = [];
  #items: ImportItem[] = [];
  #point: Point | undefined;
  #track = new Map<string, string>();
  #sinceTag = 0;

  constructor() {
    const parser = this.#parser;
    // With a handler the parser goes on after a fault.
    parser.on('error', (error) => this.#refuse(parser.line, error.message.replace(/^\d+:\d+: /, '')));
    parser.on('opentag', ({ name, attributes }) => this.#open(localName(name), attributes));
    parser.on('closetag', ({ name }) => this.#close(localName(name)));
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
  }

  write(text: string): void {
    this.#sinceTag += text.length;
    this.#parser.write(text);
    if (this.#sinceTag > longestPart)
      throw new ImportFault(`line ${this.#parser.line}: more than 16 MiB without a tag; this is no GPX.`);
  }

  end(): void {
    this.#parser.close();
  }

  take(): readonly ImportItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #open(tag: string, attributes: Readonly<Record<string, string>>): void {
    this.#sinceTag = 0;
    if (this.#path.length >= 100) throw new ImportFault(`line ${this.#parser.line}: tags nest too deep.`);
    this.#path.push(tag);
    if (tag === 'trk' || tag === 'rte') this.#track = new Map();
    if (!pointTags.has(tag)) return;
    this.#point = {
      line: this.#parser.line,
      latitude: numberOf(attributes['lat']),
      longitude: numberOf(attributes['lon']),
      texts: new Map(),
    };
  }

  #text(text: string): void {
    const tag = this.#path.at(-1);
    const parent = this.#path.at(-2);
    if (tag === undefined || parent === undefined) return;
    const texts =
      this.#point && (pointTags.has(parent) || tag === 'speed' || tag === 'course')
        ? this.#point.texts
        : parent === 'trk' || parent === 'rte'
          ? this.#track
          : undefined;
    texts?.set(tag, `${texts.get(tag) ?? ''}${text}`.slice(0, longestText));
  }

  #close(tag: string): void {
    this.#sinceTag = 0;
    this.#path.pop();
    const point = this.#point;
    if (!pointTags.has(tag) || !point) return;
    this.#point = undefined;
    // GPX has times in UTC, also where it leaves out the `Z`.
    const time = instantOf(point.texts.get('time'));
    if (!(Math.abs(point.latitude) <= 90 && Math.abs(point.longitude) <= 180))
      this.#refuse(point.line, 'The point has no latitude and longitude of the earth.');
    else if (time === undefined) this.#refuse(point.line, 'The point has no time, so it is not where somebody was.');
    else this.#items.push(this.#event(tag, point, time));
  }

  #event(tag: string, { line, latitude, longitude, texts }: Point, createdDate: string): ImportItem {
    const elevation = numberOf(texts.get('ele'));
    const speed = numberOf(texts.get('speed'));
    const heading = numberOf(texts.get('course'));
    const optional = {
      speed: speed >= 0 ? speed : undefined,
      heading: heading >= 0 && heading <= 360 ? heading : undefined,
      name: texts.get('name')?.trim(),
      track: tag === 'wpt' ? undefined : this.#track.get('name')?.trim(),
      activity: tag === 'wpt' ? undefined : this.#track.get('type')?.trim().slice(0, 100),
    };
    const coordinates = [longitude, latitude, ...(Number.isFinite(elevation) ? [elevation] : [])];
    const given = Object.entries(optional).filter(([, value]) => value !== undefined && value !== '');
    return {
      kind: 'event',
      profile: 'library/location',
      identifier: identifierOf('gpx', [createdDate, longitude, latitude]),
      createdDate,
      payload: { geometry: { type: 'Point', coordinates }, ...Object.fromEntries(given) },
      line,
    };
  }

  #refuse(line: number, reason: string): void {
    this.#items.push({ kind: 'refused', line, reason });
  }
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
const numberOf = (text: string | undefined): number => (text?.trim() ? Number(text) : Number.NaN);

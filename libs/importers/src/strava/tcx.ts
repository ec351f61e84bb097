import { exercisePoint } from '../exercise-point.ts';
import type { ImportItem, Source } from '../importer.ts';
import { instantOf } from '../instant.ts';
import { numberOf } from '../json/json-values.ts';
import { itemsOfXml, type XmlAttributes, type XmlHandler } from '../xml/xml-items.ts';

const longestText = 100;

/** Points of a TCX file and their heart rates, of a recording indoors these alone. */
export const readTcx = (source: Source): AsyncGenerator<ImportItem, void, undefined> =>
  itemsOfXml(source, new TcxHandler(), {
    kind: 'TCX',
    // Some files have spaces before the declaration.
    clean: (text) => text.replace(/^\s+(?=<\?xml)/, ''),
  });

class TcxHandler implements XmlHandler {
  readonly items: ImportItem[] = [];
  readonly #path: string[] = [];
  #activity: string | undefined;
  #point: { readonly line: number; readonly texts: Map<string, string> } | undefined;

  open(tag: string, attributes: XmlAttributes, line: number): void {
    this.#path.push(tag);
    if (tag === 'Activity') this.#activity = attributes['Sport']?.toLowerCase();
    if (tag === 'Trackpoint') this.#point = { line, texts: new Map() };
  }

  text(text: string): void {
    const tag = this.#path.at(-1);
    if (!this.#point || tag === undefined) return;
    const name = tag === 'Value' ? (this.#path.at(-2) ?? tag) : tag;
    const { texts } = this.#point;
    texts.set(name, `${texts.get(name) ?? ''}${text}`.slice(0, longestText));
  }

  close(tag: string): void {
    this.#path.pop();
    const point = this.#point;
    if (tag !== 'Trackpoint' || !point) return;
    this.#point = undefined;
    const { line, texts } = point;
    const made = exercisePoint({
      line,
      time: instantOf(texts.get('Time')),
      latitude: numberOf(texts.get('LatitudeDegrees')),
      longitude: numberOf(texts.get('LongitudeDegrees')),
      elevation: numberOf(texts.get('AltitudeMeters')),
      speed: numberOf(texts.get('Speed')),
      heartRate: numberOf(texts.get('HeartRateBpm')),
      activity: this.#activity,
      placeless: !texts.has('LatitudeDegrees') && !texts.has('LongitudeDegrees'),
    });
    this.items.push(...made);
  }
}

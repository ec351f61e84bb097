import { SaxesParser } from 'saxes';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { textOf } from '../source-text.ts';

/** Between two tags: the parser holds it until the next one. */
const longestPart = 16 * 1024 * 1024;
const deepest = 100;

export type XmlAttributes = Readonly<Partial<Record<string, string>>>;

/** Turns tags into items, which are taken out of `items` while the file is read. Tags come without their prefix. */
export interface XmlHandler {
  readonly items: ImportItem[];
  open(tag: string, attributes: XmlAttributes, line: number): void;
  text?(text: string): void;
  close(tag: string): void;
  end?(): void;
}

export interface XmlRules {
  /** What the file is taken for: `GPX`. */
  readonly kind: string;
  readonly encoding?: string;
  /** Takes out what XML forbids and real files have. */
  readonly clean?: (text: string) => string;
}

/** What the handler makes of a file. Faults in its XML are refused with their line; memory does not grow with it. */
export async function* itemsOfXml(
  source: Source,
  handler: XmlHandler,
  { kind, encoding, clean = (text) => text }: XmlRules,
): AsyncGenerator<ImportItem, void, undefined> {
  const parser = new SaxesParser({ position: true, xmlns: false });
  let sinceTag = 0;
  let depth = 0;
  // With a handler the parser goes on after a fault.
  parser.on('error', ({ message }) => {
    const reason = message.replace(/^\d+:\d+: /, '').slice(0, 500);
    handler.items.push({ kind: 'refused', line: parser.line, reason });
  });
  parser.on('opentag', ({ name, attributes }) => {
    sinceTag = 0;
    depth += 1;
    if (depth > deepest) throw new ImportFault(`line ${parser.line}: tags nest too deep.`);
    handler.open(localName(name), attributes, parser.line);
  });
  parser.on('closetag', ({ name }) => {
    sinceTag = 0;
    depth -= 1;
    handler.close(localName(name));
  });
  if (handler.text) {
    parser.on('text', (text) => handler.text?.(text));
    parser.on('cdata', (text) => handler.text?.(text));
  }
  for await (const text of textOf(source, encoding)) {
    sinceTag += text.length;
    parser.write(clean(text));
    if (sinceTag > longestPart)
      throw new ImportFault(`line ${parser.line}: more than 16 MiB without a tag; this is no ${kind}.`);
    yield* handler.items.splice(0);
  }
  parser.close();
  handler.end?.();
  yield* handler.items.splice(0);
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

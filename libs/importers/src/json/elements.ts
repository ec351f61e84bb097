import { ImportFault, type RefusedPart, type Source } from '../importer.ts';
import { textOf } from '../source-text.ts';

/** Keys that lead to a value; the step into a list is `[]`. */
export type JsonPath = readonly string[];

export interface JsonElement {
  readonly kind: 'element';
  readonly path: JsonPath;
  readonly value: unknown;
  readonly line: number;
}

/** UTF-16 units of one element. */
const longest = 4 * 1024 * 1024;
const deepest = 200;
const [quote, backslash, comma, colon, newline] = [34, 92, 44, 58, 10];
const [openList, closeList, openObject, closeObject] = [91, 93, 123, 125];

/**
 * The values at the paths that are wanted, in their order; of the rest nothing is held. A wanted one that is no JSON
 * is refused, and so is the end of a file that was cut.
 */
export async function* elementsOf(
  source: Source,
  isWanted: (path: JsonPath) => boolean,
): AsyncGenerator<JsonElement | RefusedPart, void, undefined> {
  const scanner = new JsonScanner(isWanted);
  for await (const text of textOf(source)) yield* scanner.write(text);
  yield* scanner.end();
}

interface Frame {
  readonly isList: boolean;
  key: string;
  atKey: boolean;
}

class JsonScanner {
  readonly #isWanted: (path: JsonPath) => boolean;
  readonly #stack: Frame[] = [];
  #found: (JsonElement | RefusedPart)[] = [];
  #line = 1;
  #inString = false;
  #escaped = false;
  #inWord = false;
  /** Depth at which the value that is held began, or `key`. */
  #holding: number | 'key' | undefined;
  #path: JsonPath = [];
  #heldLine = 0;
  #held = '';
  #from = 0;

  constructor(isWanted: (path: JsonPath) => boolean) {
    this.#isWanted = isWanted;
  }

  write(text: string): readonly (JsonElement | RefusedPart)[] {
    this.#found = [];
    this.#from = 0;
    for (let at = 0; at < text.length; at += 1) this.#step(text, text.charCodeAt(at), at);
    if (this.#holding !== undefined) this.#held += text.slice(this.#from);
    if (this.#held.length > longest) throw new ImportFault(`line ${this.#heldLine}: a value is larger than 4 MiB.`);
    return this.#found;
  }

  end(): readonly RefusedPart[] {
    if (this.#stack.length === 0 && !this.#inString) return [];
    return [{ kind: 'refused', line: this.#line, reason: 'The file ends here, before its JSON does: it was cut.' }];
  }

  #step(text: string, sign: number, at: number): void {
    if (sign === newline) this.#line += 1;
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (sign === backslash) this.#escaped = true;
      else if (sign === quote) {
        this.#inString = false;
        if (this.#holding === 'key') this.#keyEnds(text, at + 1);
        else this.#valueEnds(text, at + 1);
      }
      return;
    }
    if (sign === quote) {
      this.#inString = true;
      if (this.#holding === undefined && this.#stack.at(-1)?.atKey) this.#hold('key', at);
      else this.#valueBegins(at);
    } else if (sign === openObject || sign === openList) {
      this.#valueBegins(at);
      if (this.#stack.length >= deepest) throw new ImportFault(`line ${this.#line}: values nest too deep.`);
      this.#stack.push({ isList: sign === openList, key: '', atKey: sign === openObject });
    } else if (sign > 32 && sign !== comma && sign !== colon && sign !== closeList && sign !== closeObject) {
      if (!this.#inWord) this.#valueBegins(at);
      this.#inWord = true;
    } else {
      if (this.#inWord) this.#valueEnds(text, at);
      this.#inWord = false;
      this.#separator(text, sign, at);
    }
  }

  #separator(text: string, sign: number, at: number): void {
    const frame = this.#stack.at(-1);
    if (sign === closeList || sign === closeObject) {
      if (frame?.isList !== (sign === closeList)) throw new ImportFault(`line ${this.#line}: this is no JSON.`);
      this.#stack.pop();
      this.#valueEnds(text, at + 1);
    } else if (frame && sign === comma) frame.atKey = !frame.isList;
    else if (frame && sign === colon) frame.atKey = false;
  }

  #valueBegins(at: number): void {
    if (this.#holding !== undefined) return;
    this.#path = this.#stack.map(({ isList, key }) => (isList ? '[]' : key));
    if (this.#isWanted(this.#path)) this.#hold(this.#stack.length, at);
  }

  #hold(what: number | 'key', at: number): void {
    this.#holding = what;
    this.#heldLine = this.#line;
    this.#from = at;
    this.#held = '';
  }

  #take(text: string, end: number): unknown {
    const whole = this.#held + text.slice(this.#from, end);
    this.#holding = undefined;
    this.#held = '';
    if (whole.length > longest) throw new ImportFault(`line ${this.#heldLine}: a value is larger than 4 MiB.`);
    return JSON.parse(whole) as unknown;
  }

  #keyEnds(text: string, end: number): void {
    try {
      this.#stack.at(-1)!.key = String(this.#take(text, end));
    } catch (error) {
      if (error instanceof ImportFault) throw error;
      throw new ImportFault(`line ${this.#heldLine}: this is no JSON.`, { cause: error });
    }
  }

  #valueEnds(text: string, end: number): void {
    if (this.#holding !== this.#stack.length) return;
    const line = this.#heldLine;
    try {
      this.#found.push({ kind: 'element', path: this.#path, value: this.#take(text, end), line });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#found.push({ kind: 'refused', line, reason: `This is no JSON: ${error.message}`.slice(0, 300) });
    }
  }
}

/**
 * The fault of a text that is no JSON, at its line as far as the browser names it, or that has a number which a program
 * would change; undefined for other JSON.
 */
export function jsonFault(text: string): { readonly line: number; readonly message: string } | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { line: Number(/line (\d+)/.exec(message)?.[1] ?? 1), message };
  }
  for (const { 0: token, index } of text.matchAll(stringOrNumber)) {
    const message = numberFault(token);
    if (message !== undefined) return { line: lineAt(text, index), message };
  }
  return undefined;
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** As the keep has it (libs/kernel's `numberFault`): whole numbers and the range of doubles; fractions are rounded. */
export function numberFault(text: string): string | undefined {
  const value = Number(text);
  if (Math.abs(value) === Infinity || (value === 0 && /^[^e]*[1-9]/i.test(text)))
    return `${text} is beyond the range of an IEEE double.`;
  const whole = wholeOf(text);
  if (whole === undefined || Number.isSafeInteger(value)) return undefined;
  // The spelling of `JSON.stringify` is taken as well: 2^60 is 1152921504606847000 there.
  if (whole === BigInt(value) || whole === wholeOf(String(value))) return undefined;
  return `An IEEE double cannot hold ${text} exactly: it would become ${value}. Use a text where the schema has one.`;
}

/** The value of a JSON number within the range of doubles that is whole, in any spelling: `12`, `1.2e1`, `120E-1`. */
function wholeOf(text: string): bigint | undefined {
  const [, sign, before, after = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (before === undefined) return undefined;
  const digits = `${before}${after}`.replace(/^0+(?=\d)/, '');
  const point = digits.length - after.length + Number(exponent);
  const isWhole = point >= digits.length || !/[1-9]/.test(digits.slice(Math.max(point, 0)));
  if (!isWhole || point > 310) return undefined;
  return BigInt(`${sign}${digits.slice(0, Math.max(point, 0)).padEnd(point, '0') || '0'}`);
}

const space = /[\s]*/y;
/** A string, number, `true`, `false` or `null`. */
const scalar = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;

/**
 * The line, from 1, at which the value of a JSON Pointer begins. Where the text has no such value: the line of the
 * nearest one around it. `text` is JSON.
 */
export function lineOfPointer(text: string, pointer: string): number {
  const names = pointer.split('/').slice(1).map(unescaped);
  return lineAt(text, placeOf(text, skipSpace(text, 0), names));
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function lineAt(text: string, place: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < place; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Where the value named by `names` begins, from the value that begins at `start`. */
function placeOf(text: string, start: number, names: readonly string[]): number {
  const [name, ...rest] = names;
  const opening = text[start];
  if (name === undefined || (opening !== '{' && opening !== '[')) return start;
  let at = skipSpace(text, start + 1);
  for (let index = 0; at < text.length && text[at] !== '}' && text[at] !== ']'; index += 1) {
    let key = String(index);
    const begin = at;
    if (opening === '{') {
      const end = skipScalar(text, at);
      key = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    if (key === name) return rest.length === 0 ? begin : placeOf(text, at, rest);
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return start;
}

function skipSpace(text: string, at: number): number {
  space.lastIndex = at;
  space.test(text);
  return space.lastIndex;
}

function skipScalar(text: string, at: number): number {
  scalar.lastIndex = at;
  return scalar.test(text) ? scalar.lastIndex : text.length;
}

function skipValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    at = character === '"' || (depth === 0 && !isPunctuation(character)) ? skipScalar(text, at) : at + 1;
    if (depth === 0) return at;
  }
  return at;
}

function isPunctuation(character: string | undefined): boolean {
  return character !== undefined && '{}[],: \t\r\n'.includes(character);
}

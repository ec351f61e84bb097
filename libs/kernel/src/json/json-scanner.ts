import { DatakeepError, type InputError } from '../errors/datakeep-error.ts';
import { maxReportedErrors } from '../errors/problem.ts';
import { numberFault } from './exact-number.ts';
import { pointerSegment } from './json-pointer.ts';

export interface ScanLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** The text is `{ "…": [item, …] }` and each item is a separate document for both limits. */
  readonly perItem: boolean;
}

/**
 * Depth that the state below has room for: the largest limit, two levels of a batch's envelope, and one that is
 * refused.
 */
const room = 128;
/**
 * Up to this many keys an object's hashes are compared one by one; beyond, a Set (whose hash is seeded, so it cannot be
 * flooded) takes over.
 */
const listed = 64;

// The place where the scan is, by depth. Module state, since a scan is synchronous and this saves allocating it for
// every body.
const isObject = new Uint8Array(room);
/** An array's present index, an object's number of keys so far. */
const counts = new Int32Array(room);
const keyStarts = new Int32Array(room);
const keyEnds = new Int32Array(room);
const hashes = new Int32Array(room * listed);
const hashedStarts = new Int32Array(room * listed);
const hashedEnds = new Int32Array(room * listed);
const keySets: (Set<string> | undefined)[] = Array.from({ length: room });

/**
 * A string's content with its escapes resolved; the raw text where an escape is none (JSON.parse refuses that
 * afterwards).
 */
function decode(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

function hashOf(key: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash;
}

/** RFC 6901 pointer of the value at `depth`. */
function pointerAt(text: string, depth: number): string {
  let pointer = '';
  for (let level = 1; level <= depth; level++) {
    if (isObject[level] === 0) pointer += `/${counts[level]}`;
    else pointer += `/${pointerSegment(decode(text, keyStarts[level]!, keyEnds[level]!))}`;
  }
  return pointer;
}

function errorAt(text: string, depth: number, perItem: boolean, code: InputError['code'], detail: string): InputError {
  const pointer = pointerAt(text, depth);
  return perItem && depth >= 2 && isObject[2] === 0
    ? { index: counts[2]!, pointer, code, detail }
    : { pointer, code, detail };
}

/** Whether the escapes of a string leave half a surrogate pair. */
function hasLoneEscape(text: string, start: number, end: number): boolean {
  let high = -1;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) !== 92) continue;
    if (text.charCodeAt(at + 1) !== 117) {
      at++;
      continue;
    }
    // Surrogates are \ud800 to \udfff; other escapes need not be read.
    const unit = (text.charCodeAt(at + 2) | 0x20) === 0x64 ? Number.parseInt(text.slice(at + 2, at + 6), 16) : 0;
    const pairs = high === at;
    if (high >= 0 && !pairs) return true;
    high = -1;
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      if (!pairs) return true;
    } else if (pairs) return true;
    else if (unit >= 0xd800 && unit <= 0xdbff) high = at + 6;
    at += 5;
  }
  return high >= 0;
}

/** Whether the object at `depth` already has this key; remembers it. */
function seenBefore(
  text: string,
  depth: number,
  start: number,
  end: number,
  hash: number,
  decoded: string | undefined,
): boolean {
  const count = counts[depth]!;
  const base = depth * listed;
  if (count >= listed) {
    let set = keySets[depth];
    if (set === undefined) {
      set = new Set();
      for (let at = base; at < base + listed; at++) set.add(decode(text, hashedStarts[at]!, hashedEnds[at]!));
      keySets[depth] = set;
    }
    return set.size === set.add(decoded ?? text.slice(start, end)).size;
  }
  for (let at = base; at < base + count; at++)
    if (hashes[at] === hash && decode(text, hashedStarts[at]!, hashedEnds[at]!) === (decoded ?? text.slice(start, end)))
      return true;
  hashes[base + count] = hash;
  hashedStarts[base + count] = start;
  hashedEnds[base + count] = end;
  return false;
}

/**
 * One pass over a JSON text, before `JSON.parse` builds anything of it. It does not check the grammar (JSON.parse does,
 * afterwards) and is right about every text that abides by it. Throws the 400s (`json-too-deep`, `json-too-many-keys`,
 * `json-duplicate-key`, `json-forbidden-key`); returns the 422s, at most 20, for the caller to throw once the text has
 * been found readable.
 */
export function scanJson(text: string, limits: ScanLimits): readonly InputError[] {
  const errors: InputError[] = [];
  try {
    scan(text, limits, errors);
  } finally {
    keySets.fill(undefined);
  }
  return errors;
}

function scan(text: string, { maxDepth, maxKeys, perItem }: ScanLimits, errors: InputError[]): void {
  const length = text.length;
  const wellFormed = text.isWellFormed();
  const deepest = maxDepth + (perItem ? 2 : 0);
  if (deepest >= room) throw new RangeError(`maxDepth is at most ${room - 3}`);
  const report = (depth: number, code: InputError['code'], detail: string): void => {
    if (errors.length < maxReportedErrors) errors.push(errorAt(text, depth, perItem, code, detail));
  };
  let depth = 0;
  let keys = 0;
  let expectKey = false;
  let at = 0;
  isObject[0] = 0;
  counts[0] = 0;
  while (at < length) {
    const unit = text.charCodeAt(at);
    if (unit === 34) {
      const start = ++at;
      let escaped = false;
      if (!expectKey) {
        for (; at < length; at++) {
          const next = text.charCodeAt(at);
          if (next === 34) break;
          if (next === 92) {
            escaped = true;
            at++;
          }
        }
        if ((escaped && hasLoneEscape(text, start, at)) || (!wellFormed && !text.slice(start, at).isWellFormed()))
          report(depth, 'lone-surrogate', 'the string holds half of a surrogate pair');
        at++;
        continue;
      }
      expectKey = false;
      let hash = 0x811c9dc5 | 0;
      for (; at < length; at++) {
        const next = text.charCodeAt(at);
        if (next === 34) break;
        if (next === 92) {
          escaped = true;
          at++;
        } else hash = Math.imul(hash ^ next, 0x01000193);
      }
      keyStarts[depth] = start;
      keyEnds[depth] = at;
      let decoded: string | undefined;
      if (escaped) {
        decoded = decode(text, start, at);
        hash = hashOf(decoded);
        if (decoded.includes('\0'))
          report(depth - 1, 'format', 'a member name here holds NUL, which no engine can address');
      }
      if ((escaped || !wellFormed) && !(decoded ?? text.slice(start, at)).isWellFormed())
        report(depth - 1, 'lone-surrogate', 'a member name here holds half of a surrogate pair');
      if (++keys > maxKeys)
        refuse('json-too-many-keys', text, depth, perItem, 'too-complex', `more than ${maxKeys} keys`);
      const nameLength = decoded === undefined ? at - start : decoded.length;
      if (nameLength === 9 && (decoded ?? text.slice(start, at)) === '__proto__')
        refuse('json-forbidden-key', text, depth, perItem, 'forbidden-key', 'this member name is refused everywhere');
      if (seenBefore(text, depth, start, at, hash, decoded))
        refuse('json-duplicate-key', text, depth, perItem, 'duplicate-key', 'the object has this member already');
      counts[depth]!++;
      at++;
    } else if (unit === 44) {
      if (isObject[depth] === 1) expectKey = true;
      else {
        counts[depth]!++;
        if (perItem && depth === 2) keys = 0;
      }
      at++;
    } else if ((unit >= 48 && unit <= 57) || unit === 45) {
      const start = at++;
      let exponent = false;
      let fraction = false;
      for (; at < length; at++) {
        const next = text.charCodeAt(at);
        if (next >= 48 && next <= 57) continue;
        if (next === 46) fraction = true;
        else if (next === 101 || next === 69) exponent = true;
        else if (next !== 43 && next !== 45) break;
      }
      // 15 digits are always exact; a last fraction digit other than 0 makes it no integer, and 300 characters keep it
      // in range.
      if (
        (at - start > 15 || exponent) &&
        (exponent || !fraction || at - start > 300 || text.charCodeAt(at - 1) === 48)
      ) {
        const fault = numberFault(text.slice(start, at));
        if (fault !== undefined) report(depth, 'inexact-number', fault);
      }
    } else if (unit === 123 || unit === 91) {
      if (depth === deepest)
        refuse('json-too-deep', text, depth, perItem, 'too-complex', `nested deeper than ${maxDepth} levels`);
      depth++;
      counts[depth] = 0;
      if (unit === 123) {
        isObject[depth] = 1;
        expectKey = true;
        if (keySets[depth] !== undefined) keySets[depth] = undefined;
      } else {
        isObject[depth] = 0;
        expectKey = false;
        if (perItem && depth === 2) keys = 0;
      }
      at++;
    } else if (unit === 125 || unit === 93) {
      if (depth === 0) return;
      depth--;
      expectKey = false;
      at++;
    } else at++;
  }
}

function refuse(
  problem: 'json-too-deep' | 'json-too-many-keys' | 'json-duplicate-key' | 'json-forbidden-key',
  text: string,
  depth: number,
  perItem: boolean,
  code: InputError['code'],
  detail: string,
): never {
  const error = errorAt(text, depth, perItem, code, detail);
  throw new DatakeepError(problem, `${error.pointer === '' ? 'The body' : error.pointer}: ${detail}`, {
    errors: [error],
  });
}

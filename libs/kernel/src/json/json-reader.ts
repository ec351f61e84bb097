import { DatakeepError } from '../errors/datakeep-error.ts';
import { scanJson } from './json-scanner.ts';

export interface JsonLimits {
  /** Levels of nesting; at most 125. */
  readonly maxDepth: number;
  /** Member names in all. */
  readonly maxKeys: number;
}

export const defaultJsonLimits: JsonLimits = { maxDepth: 64, maxKeys: 10_000 };

/**
 * Reads one JSON document (RFC 8259) strictly: what is read is what was sent, or it is refused.
 *
 * Throws `DatakeepError`, each naming the place as a JSON Pointer: `unreadable-body` (no JSON), `json-too-deep`,
 * `json-too-many-keys`, `json-duplicate-key`, `json-forbidden-key` (`__proto__`); and `invalid` with errors
 * `inexact-number` (an integer that a double would change, a number beyond its range), `lone-surrogate` and `format`
 * (NUL in a member name). NUL in a string value is legal.
 */
export function readJson(text: string, limits: JsonLimits = defaultJsonLimits): unknown {
  return read(text, limits, false);
}

/**
 * The same for a batch, `{ "events": [item, …] }`: the limits hold for each item as for a separate document, and an
 * error in one has its `index`.
 */
export function readJsonBatch(text: string, limits: JsonLimits = defaultJsonLimits): unknown {
  return read(text, limits, true);
}

function read(text: string, limits: JsonLimits, perItem: boolean): unknown {
  const errors = scanJson(text, { ...limits, perItem });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The engine's message quotes the body, so only the position is reported.
    const position = /at position (\d+)/.exec((cause as Error).message)?.[1];
    throw new DatakeepError(
      'unreadable-body',
      `The body is not JSON${position === undefined ? '' : ` (at character ${position})`}.`,
      { cause },
    );
  }
  if (errors.length > 0) throw DatakeepError.invalid(errors);
  return value;
}

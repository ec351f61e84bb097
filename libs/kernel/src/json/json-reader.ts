import { DatakeepError } from '../errors/datakeep-error.ts';

export interface JsonLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
}

export const defaultJsonLimits: JsonLimits = { maxDepth: 64, maxKeys: 10_000 };

/**
 * Reads one JSON document strictly. THIN PATH: replaced by the single-pass scanner.
 * Throws `DatakeepError`.
 */
export function readJson(text: string, _limits: JsonLimits = defaultJsonLimits): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DatakeepError('unreadable-body', 'The body is not JSON.', { cause });
  }
}

import { DatakeepError, readJson } from '@datakeep/kernel';
import { maxResultDepth } from '../frames/frames.ts';

/**
 * Why a view's JSON text cannot be its result, for its author; undefined: it can.
 * Refused is what two programs could read differently: a repeated member, `__proto__`, half of a surrogate pair, a
 * number that a double would change. Throws where the text is not JSON.
 */
export function resultFault(json: string): string | undefined {
  try {
    readJson(json, { maxDepth: maxResultDepth, maxKeys: Number.POSITIVE_INFINITY });
    return undefined;
  } catch (error) {
    if (!(error instanceof DatakeepError) || error.code === 'unreadable-body') throw error;
    if (error.code === 'json-too-deep') return `The result is nested deeper than ${maxResultDepth} levels.`;
    const [place] = error.errors;
    return (
      `The result cannot be read in one way ` +
      `only: ${place?.pointer || 'at its top'}: ${place?.detail ?? error.message}.`
    );
  }
}

import { types } from 'node:util';
import { maxResultDepth } from '../../frames/frames.ts';

export type Serialised =
  | { readonly json: string }
  | { readonly code: 'view-result-not-json' | 'view-result-too-large'; readonly message: string };

class Refused extends Error {
  readonly code: 'view-result-not-json' | 'view-result-too-large';

  constructor(code: 'view-result-not-json' | 'view-result-too-large', message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The JSON text of what a view returned; `undefined` is `null`, undefined members are left out. What has no JSON
 * form is refused rather than turned into `null`. The walk stops at the limit, so a huge value is not serialised first.
 */
export function serialiseResult(value: unknown, limitBytes: number): Serialised {
  const tooLarge = {
    code: 'view-result-too-large',
    message: `The result is larger than ${limitBytes} bytes.`,
  } as const;
  try {
    let size = 0;
    const holders = new Set<object>();
    const walk = (part: unknown, depth: number): void => {
      if (size > limitBytes * 2) throw new Refused(tooLarge.code, tooLarge.message);
      switch (typeof part) {
        case 'string':
          size += part.length + 2;
          return;
        case 'number':
          if (!Number.isFinite(part))
            throw new Refused('view-result-not-json', `The result holds ${part}, which JSON cannot express.`);
          size += 1;
          return;
        case 'bigint':
        case 'function':
        case 'symbol':
          throw new Refused('view-result-not-json', `The result holds a ${typeof part}, which JSON cannot express.`);
        case 'object':
          break;
        default:
          size += 1;
          return;
      }
      if (part === null || typeof (part as { toJSON?: unknown }).toJSON === 'function') {
        size += 1;
        return;
      }
      if (depth >= maxResultDepth)
        throw new Refused('view-result-not-json', `The result is nested deeper than ${maxResultDepth} levels.`);
      if (holders.has(part)) throw new Refused('view-result-not-json', 'The result holds itself (a cycle).');
      if (types.isMap(part) || types.isSet(part) || types.isPromise(part))
        throw new Refused('view-result-not-json', 'The result holds a Map, Set or Promise, which JSON cannot express.');
      holders.add(part);
      if (Array.isArray(part)) {
        for (let at = 0; at < part.length; at++) {
          size += 1;
          walk(part[at], depth + 1);
        }
      } else {
        for (const key of Object.keys(part)) {
          size += key.length + 4;
          walk((part as Record<string, unknown>)[key], depth + 1);
        }
      }
      holders.delete(part);
    };
    walk(value, 0);
    if (size > limitBytes * 2) return tooLarge;
    const json = JSON.stringify(value) ?? 'null';
    return json.length > limitBytes || Buffer.byteLength(json) > limitBytes ? tooLarge : { json };
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, message: error.message };
    return { code: 'view-result-not-json', message: 'The result could not be written as JSON.' };
  }
}

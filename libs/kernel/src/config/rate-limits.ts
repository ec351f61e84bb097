import type { Amount } from '../documented-scalars.ts';

/** Requests per minute by class of route, or `undefined` for no limit at all. */
export interface RateLimits {
  readonly read: Amount;
  readonly write: Amount;
  readonly run: Amount;
  readonly 'sign-in': Amount;
}

export const defaultRateLimits: RateLimits = { read: 6000, write: 6000, run: 600, 'sign-in': 10 };

/**
 * Reads `read=6000/min,write=6000/min,run=600/min,sign-in=10/min`; a class that is left out keeps its default. `off` is
 * `'off'`.
 */
export function parseRateLimits(value: string): RateLimits | 'off' | undefined {
  if (value === 'off') return 'off';
  const limits: { -readonly [Class in keyof RateLimits]: number } = { ...defaultRateLimits };
  for (const part of value.split(',')) {
    const match = /^(read|write|run|sign-in)=(\d{1,7})\/(s|min|h)$/.exec(part.trim());
    if (!match || Number(match[2]) === 0) return undefined;
    limits[match[1] as keyof RateLimits] = Number(match[2]) * (match[3] === 's' ? 60 : match[3] === 'h' ? 1 / 60 : 1);
  }
  return limits;
}

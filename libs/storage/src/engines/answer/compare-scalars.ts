import type { Scalar } from '@datakeep/contracts';
import { compareCodePoints } from './code-points.ts';

/** Absent and null are equal and first, false before true, strings by code point. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  const left = Number(a);
  const right = Number(b);
  return left < right ? -1 : Number(left > right);
}

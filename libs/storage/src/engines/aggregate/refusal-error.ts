import { groupLimits } from '@datakeep/contracts';
import { DatakeepError, pointerSegment } from '@datakeep/kernel';
import type { Refusal } from './refusal.ts';

export function refusalError(refusal: Refusal): DatakeepError {
  if (refusal.kind === 'too-many') return new DatakeepError('too-many-groups', details[refusal.what]);
  const pointer = `/measures/${pointerSegment(refusal.measure)}`;
  return DatakeepError.invalidAt(pointer, 'inexact-number', 'the result is beyond the range of a double');
}

const details = {
  groups: `There are more than ${groupLimits.groups.toLocaleString('en')} groups.`,
  values: `There are more than ${groupLimits.distinct.toLocaleString('en')} distinct values to count.`,
  text: `Keys, minima and maxima take more than ${groupLimits.text / 2 ** 20} Mi characters.`,
};

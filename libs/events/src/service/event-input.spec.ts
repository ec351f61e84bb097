import { describe, expect, it } from 'vitest';
import type { InputError } from '@datakeep/kernel';
import { readSentEvent } from './event-input.ts';

describe('the form of one event', () => {
  const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`m${index}`, 0]));

  it.each([
    ['itself', { metadata: { profile: 'walk' }, payload: {}, ...unknown }],
    ['its metadata', { metadata: { profile: 'walk', ...unknown }, payload: {} }],
  ])('is refused with no more faults than an answer names where %s has a thousand', (_where, event) => {
    const errors: InputError[] = [];
    expect(readSentEvent(event, 3, (error) => errors.push(error))).toBeUndefined();
    expect(errors).toHaveLength(20);
    expect(errors[0]).toMatchObject({ index: 3, code: 'unknown-member' });
  });
});

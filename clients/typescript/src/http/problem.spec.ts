import { describe, expect, it } from 'vitest';
import { KeepError } from './problem.ts';

const problem = {
  type: '/docs/errors#invalid',
  code: 'invalid',
  status: 422,
  title: 'Readable, but invalid',
  detail: '/text: is no text',
  instance: 'r1',
} as const;
const first = { index: 3, pointer: '/text', code: 'type', detail: 'is no text' };
const second = { line: 5, pointer: '', code: 'type', detail: 'is no object' };

describe('the message of a refusal', () => {
  it('says one fault once, with its place', () => {
    expect(new KeepError({ ...problem, errors: [first] }).message).toBe('invalid (422): event 3 /text: is no text');
  });

  it('names the body where the fault is the whole of it', () => {
    const errors = [{ pointer: '', code: 'type', detail: 'is no object' }];
    expect(new KeepError({ ...problem, detail: 'The body: is no object', errors }).message).toBe(
      'invalid (422): The body: is no object',
    );
  });

  it('lists several faults, each once', () => {
    expect(new KeepError({ ...problem, errors: [first, second] }).message).toBe(
      'invalid (422): Readable, but invalid\n  event 3 /text: is no text\n  line 5: is no object',
    );
  });

  it('has a detail that says something else', () => {
    expect(new KeepError({ ...problem, detail: 'Another is there.', errors: [first] }).message).toBe(
      'invalid (422): Another is there.\n  event 3 /text: is no text',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { problems } from './catalogue.ts';
import { DatakeepError } from './datakeep-error.ts';
import { toProblem } from './problem.ts';

describe('an error of the catalogue', () => {
  const error = new DatakeepError('invalid', 'The name is too long.', {
    errors: Array.from({ length: 25 }, (_, index) => ({
      index,
      pointer: `/events/${index}`,
      code: 'range',
      detail: 'too long',
    })),
    retryAfterSeconds: 3,
  });

  it('becomes a problem document with at most 20 places', () => {
    const problem = toProblem(error, 'request-1');
    expect(problem).toMatchObject({
      type: '/docs/errors#invalid',
      title: problems.invalid.title,
      status: 422,
      detail: 'The name is too long.',
      instance: 'request-1',
      code: 'invalid',
    });
    expect(problem.errors).toHaveLength(20);
  });

  it('is recognised by its code after a journey between processes, not by its class', () => {
    const arrived = DatakeepError.from(JSON.parse(JSON.stringify(error)));
    expect(arrived).toMatchObject({
      code: 'invalid',
      message: error.message,
      errors: error.errors,
      retryAfterSeconds: 3,
    });
  });

  it.each([undefined, null, 'invalid', 42, new Error('x'), { code: 'ENOENT' }, { code: 'toString' }])(
    'is not seen in %s',
    (value) => {
      expect(DatakeepError.from(value)).toBeUndefined();
    },
  );

  it('names the first place when nothing else is said', () => {
    expect(
      DatakeepError.invalid([{ pointer: '/name', code: 'required', detail: 'This member is required.' }]).message,
    ).toBe('/name: This member is required.');
  });
});

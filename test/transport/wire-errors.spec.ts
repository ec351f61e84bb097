import { describe, expect, it } from 'vitest';
import { DatakeepError } from '@datakeep/kernel';
import { fromWireError } from '@datakeep/transport';

const sent = new DatakeepError('storage-full', 'No room.', { retryAfterSeconds: 3 }).toJSON();

describe('an error that comes back from a service', () => {
  it.each<[string, unknown]>([
    ['an object, as a filter throws it', sent],
    ['the same after JSON', JSON.parse(JSON.stringify(sent))],
    ['an Error with a code', Object.assign(new Error('No room.'), { code: 'storage-full', retryAfterSeconds: 3 })],
    ['a DatakeepError', DatakeepError.from(sent)],
  ])('is known by its code as %s', (_shape, error) => {
    expect(fromWireError(error)).toMatchObject({
      name: 'DatakeepError',
      code: 'storage-full',
      message: 'No room.',
      status: 507,
      retryAfterSeconds: 3,
    });
  });

  it.each<[string, unknown, string]>([
    ['a string', 'There is no matching message handler defined in the remote service.', 'There is no matching'],
    ["Nest's own object", { status: 'error', message: 'Internal server error' }, 'Internal server error'],
    ['an object with a code of somebody else', { code: 'ECONNRESET', message: 'read ECONNRESET' }, 'ECONNRESET'],
    ['a code that every object has', { code: 'constructor', message: 'no code' }, 'no code'],
    ['nothing', null, 'says nothing'],
    ['a number', 42, 'says nothing'],
  ])(
    'without a code of the catalogue is internal, and keeps its cause for the log only: %s',
    (_shape, error, cause) => {
      const read = fromWireError(error);
      expect(read.code).toBe('internal');
      expect(String((read.cause as Error).message)).toContain(cause);
      expect(JSON.stringify(read.toJSON())).not.toContain(cause);
    },
  );
});

import { expect, test } from 'vitest';
import type { IndexDefinition } from '../../../advisor/index-engine.ts';
import { automaticName } from '../../../advisor/index-name.ts';
import { specificationOf } from './index-keys.ts';

const definition: IndexDefinition = {
  name: 'auto_0123456789abcdef01234567',
  profile: 'p',
  keys: [
    { field: 'payload.a.0', direction: 'ascending' },
    { field: 'metadata.createdDate', direction: 'descending' },
    { field: 'payload.n', direction: 'ascending' },
  ],
  idAfter: 2,
};

test("an index is of the payload's indexed copy, with the id after the sort, of one profile alone", () => {
  const { key, options } = specificationOf(definition);
  expect(Object.entries(key)).toEqual([
    ['payload.a.~n0', 1],
    ['created', -1],
    ['_id', 1],
    ['payload.n', 1],
  ]);
  expect(options).toEqual({ name: definition.name, partialFilterExpression: { profile: { $eq: 'p' } } });
});

test.each(['_id_', 'byProfile', 'auto_', 'auto_0123456789abcdef0123456', 'xauto_0123456789abcdef01234567'])(
  '%s is no automatic index',
  (name) => {
    expect(() => automaticName(name)).toThrow('only automatic indexes');
  },
);

test.each(['metadata.nothing', 'metadata.profile'])('%s is no key', (field) => {
  expect(() => specificationOf({ ...definition, keys: [{ field, direction: 'ascending' }], idAfter: null })).toThrow(
    'no index has such a key',
  );
});

import type { IndexDefinition } from '../../../advisor/index-engine.ts';
import { automaticName } from '../../../advisor/index-name.ts';
import { pathOf } from '../query/server-filter.ts';

export interface IndexSpecification {
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly options: {
    readonly name: string;
    readonly partialFilterExpression: { readonly profile: { readonly $eq: string } };
  };
}

/** The arguments of `createIndex`: a partial index of the profile's events. */
export function specificationOf({ name, profile, keys, idAfter }: IndexDefinition): IndexSpecification {
  const parts = keys.map(({ field, direction }): [string, 1 | -1] => [
    keyOf(field),
    direction === 'ascending' ? 1 : -1,
  ]);
  if (idAfter !== null) parts.splice(idAfter, 0, ['_id', 1]);
  return {
    key: Object.fromEntries(parts),
    options: { name: automaticName(name), partialFilterExpression: { profile: { $eq: profile } } },
  };
}

function keyOf(field: string): string {
  const path = pathOf(field);
  if (path === undefined || field === 'metadata.profile' || field === 'metadata.modifiedBy')
    throw new Error('no index has such a key');
  return path;
}

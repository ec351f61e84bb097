import type { ExistingIndex, IndexDefinition } from '../../../advisor/index-engine.ts';
import { pathOf } from '../query/server-filter.ts';

export interface IndexSpecification {
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly options: {
    readonly name: string;
    readonly partialFilterExpression?: { readonly profile: { readonly $eq: string } };
  };
}

/**
 * The index that the storage itself declares, as the advisor describes indexes: it serves the default order of every
 * profile. Read backwards its keys ascend.
 */
export const byProfile: Omit<ExistingIndex, 'bytes'> = {
  name: 'byProfile',
  profile: null,
  keys: [{ field: 'metadata.createdDate', direction: 'ascending' }],
  idAfter: 1,
  hidden: false,
};

const automatic = /^auto_[0-9a-f]{24}$/;

/** The name, if it is one of an automatic index: nothing else is made, hidden or dropped here. */
export function automaticName(name: string): string {
  if (!automatic.test(name)) throw new Error('only automatic indexes are made and dropped');
  return name;
}

/**
 * The arguments of `createIndex`: a partial index of the profile's events where the server supports it, else one that
 * the profile leads.
 */
export function specificationOf(
  { name, profile, keys, idAfter }: IndexDefinition,
  partial: boolean,
): IndexSpecification {
  const parts = keys.map(({ field, direction }): [string, 1 | -1] => [
    keyOf(field),
    direction === 'ascending' ? 1 : -1,
  ]);
  if (idAfter !== null) parts.splice(idAfter, 0, ['_id', 1]);
  if (!partial) parts.unshift(['profile', 1]);
  return {
    key: Object.fromEntries(parts),
    options: {
      name: automaticName(name),
      ...(partial ? { partialFilterExpression: { profile: { $eq: profile } } } : {}),
    },
  };
}

function keyOf(field: string): string {
  const path = pathOf(field);
  if (path === undefined || field === 'metadata.profile' || field === 'metadata.modifiedBy')
    throw new Error('no index has such a key');
  return path;
}

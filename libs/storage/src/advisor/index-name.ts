import { createHash } from 'node:crypto';
import type { IndexDefinition } from './index-engine.ts';

const prefix = 'auto_';
const pattern = /^auto_[0-9a-f]{24}$/;

/** `auto_` and a hash of what the index is, so that the same candidate has the same name everywhere. */
export function nameOf({ profile, keys, idAfter }: Omit<IndexDefinition, 'name'>): string {
  const text = JSON.stringify([profile, keys.map(({ field, direction }) => [field, direction]), idAfter]);
  return `${prefix}${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

export const idOf = (name: string): string => name.slice(prefix.length);

export const isAutomatic = (name: string): boolean => pattern.test(name);

/** The name, if it is one of an automatic index: engines create, hide and drop no other, and SQL holds it unquoted. */
export function automaticName(name: string): string {
  if (!isAutomatic(name)) throw new Error('only automatic indexes are made and dropped');
  return name;
}

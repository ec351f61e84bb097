import type { EventQuery, Position, Scalar } from '@datakeep/contracts';
import mongoose from 'mongoose';
import { metadataField } from '../event-record.ts';
import { dateRange, pathOf, type ServerFilter } from './server-filter.ts';

const isDate = (field: string): boolean => metadataField(field)?.kind === 'date';

/**
 * The query's keys, then the id in the last key's direction. The server has absent and null first, false before true,
 * and strings by their bytes.
 */
export function serverSort({ sort }: Pick<EventQuery, 'sort'>): Record<string, 1 | -1> {
  const keys = sort.map(({ field, direction }): [string, 1 | -1] => [
    keyOf(field),
    direction === 'descending' ? -1 : 1,
  ]);
  return Object.fromEntries([...keys, ['_id', keys.at(-1)?.[1] ?? 1]]);
}

/**
 * What comes after a place in that order: greater in the first key, or equal in it and greater in the next, and so on.
 */
export function afterPlace({ sort }: Pick<EventQuery, 'sort'>, after: Position): ServerFilter {
  const equal: ServerFilter[] = [];
  const parts: ServerFilter[] = [];
  for (const [index, { field, direction }] of sort.entries()) {
    const key = keyOf(field);
    const value = after.values[index] ?? null;
    for (const beyond of beyondOf(field, value, direction === 'descending'))
      parts.push({ $and: [...equal, { [key]: beyond }] });
    equal.push({ [key]: equalTo(field, value) });
  }
  const later = sort.at(-1)?.direction === 'descending' ? '$lt' : '$gt';
  parts.push({ $and: [...equal, { _id: { [later]: mongoose.Types.ObjectId.createFromHexString(after.id) } }] });
  return { $or: parts };
}

/** Null is absent too. */
function equalTo(field: string, value: Scalar): ServerFilter {
  if (typeof value !== 'number' || !isDate(field)) return { $eq: value };
  return Number.isInteger(value) ? { $eq: new Date(value) } : { $in: [] };
}

/** Of the values that come after one, those of its type and those that are absent or null. */
function beyondOf(field: string, value: Scalar, descending: boolean): ServerFilter[] {
  if (value === null) return descending ? [] : [{ $ne: null }];
  const node = descending ? 'lt' : 'gt';
  const further = typeof value === 'number' && isDate(field) ? dateRange(node, value) : { [`$${node}`]: value };
  return descending ? [further, { $eq: null }] : [further];
}

/** A field that no event has orders nothing. */
const keyOf = (field: string): string => pathOf(field) ?? '_id';

import { ObjectId } from 'bson';

/**
 * The id port. Law: `next()` is 24 lower-case hex digits, unique over every process of a keep, and, made by one
 * process, ascending from one second to the next (a MongoDB ObjectId: 4 bytes of seconds, 5 random, 3 counted).
 */
export interface Ids {
  next(): string;
}

export class ObjectIds implements Ids {
  next(): string {
    return new ObjectId().toHexString();
  }
}

const idPattern = /^[0-9a-f]{24}$/;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}

import { rights } from '@datakeep/contracts';
import type { SchemaObject } from './openapi-types.ts';

/** Schemas that the documents are made of. */
export const id: SchemaObject = { type: 'string', pattern: '^[0-9a-f]{24}$', examples: ['6752f0c2a1b2c3d4e5f60718'] };
export const date: SchemaObject = { type: 'string', format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] };
export const dateOrNull: SchemaObject = { type: ['string', 'null'], format: 'date-time' };
export const text: SchemaObject = { type: 'string' };
export const textOrNull: SchemaObject = { type: ['string', 'null'] };
export const flag: SchemaObject = { type: 'boolean' };
export const count: SchemaObject = { type: 'integer', minimum: 0 };
export const amount: SchemaObject = { type: 'number', minimum: 0 };
export const anyJson: SchemaObject = { description: 'Any JSON value.' };
export const rightList: SchemaObject = { type: 'array', items: { type: 'string', enum: [...rights] } };

export const oneOf = (...names: readonly string[]): SchemaObject => ({ type: 'string', enum: names });
export const ref = (name: string): SchemaObject => ({ $ref: `#/components/schemas/${name}` });
export const array = (items: SchemaObject): SchemaObject => ({ type: 'array', items });

/** An answer's object. It may get members later, so it is open. */
export const object = (
  properties: Readonly<Record<string, SchemaObject>>,
  required: readonly string[] = Object.keys(properties),
  description?: string,
): SchemaObject => ({ type: 'object', properties, required, ...(description ? { description } : {}) });

/** A body's object, of which unknown members are refused. */
export const closed = (
  properties: Readonly<Record<string, SchemaObject>>,
  required: readonly string[] = Object.keys(properties),
): SchemaObject => ({ type: 'object', properties, required, additionalProperties: false });

/** A page of a list. */
export const list = (name: string): SchemaObject =>
  object({ items: array(ref(name)), nextCursor: textOrNull, count }, ['items', 'nextCursor']);

/**
 * Text whose lines are JSON documents. Its media type is given one level above: given here, Swagger UI would request a
 * file.
 */
export const lines = (name: string, description: string): SchemaObject => ({
  type: 'string',
  contentSchema: ref(name),
  description,
});

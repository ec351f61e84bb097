/** A schema of OpenAPI 3.1 (JSON Schema 2020-12). */
export type Schema = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Schema>>;

export const id = { type: 'string', pattern: '^[0-9a-f]{24}$', examples: ['6752f0c2a1b2c3d4e5f60718'] };
export const date: Schema = { type: 'string', format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] };
export const text: Schema = { type: 'string' };

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const array = (items: Schema): Schema => ({ type: 'array', items });

/** A body's object, of which unknown members are refused. */
export const closed = (properties: Schemas, required: readonly string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/**
 * Text whose lines are JSON documents. Its media type is given one level above: given here, Swagger UI would request a
 * file.
 */
export const lines = (name: string, description: string): Schema => ({
  type: 'string',
  contentSchema: ref(name),
  description,
});

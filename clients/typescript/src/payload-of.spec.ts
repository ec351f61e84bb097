import { expectTypeOf, it } from 'vitest';
import type { JsonObject, PayloadOf } from './payload-of.ts';

it('types what a schema as const accepts', () => {
  const schema = {
    type: 'object',
    required: ['text', 'tags', 'place'],
    properties: {
      text: { type: 'string', maxLength: 100 },
      mood: { enum: ['good', 'bad', null] },
      kind: { const: 'note' },
      tags: { type: 'array', items: { type: 'string' } },
      place: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }], items: false },
      weight: { type: ['number', 'null'] },
      from: { $ref: '#/$defs/person' },
      either: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      whatever: {},
    },
    additionalProperties: false,
    $defs: { person: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
  } as const;
  expectTypeOf<PayloadOf<typeof schema>>().toEqualTypeOf<{
    readonly text: string;
    readonly mood?: 'good' | 'bad' | null;
    readonly kind?: 'note';
    readonly tags: readonly string[];
    readonly place: readonly [number, number];
    readonly weight?: number | null;
    readonly from?: { readonly name: string };
    readonly either?: string | number;
    readonly whatever?: unknown;
  }>();
});

it('types members by any name, and what no schema describes', () => {
  expectTypeOf<PayloadOf<{ readonly type: 'object' }>>().toEqualTypeOf<{ readonly [name: string]: unknown }>();
  expectTypeOf<
    PayloadOf<{ readonly type: 'object'; readonly additionalProperties: { readonly type: 'number' } }>
  >().toEqualTypeOf<{ readonly [name: string]: number }>();
  expectTypeOf<PayloadOf<object>>().toEqualTypeOf<unknown>();
  expectTypeOf<JsonObject['a']>().toEqualTypeOf<unknown>();
});

it('joins the branches of allOf', () => {
  type Both = PayloadOf<{
    readonly allOf: readonly [
      {
        readonly type: 'object';
        readonly required: readonly ['a'];
        readonly properties: { readonly a: { readonly type: 'string' } };
      },
      { readonly type: 'object'; readonly properties: { readonly b: { readonly type: 'boolean' } } },
    ];
  }>;
  expectTypeOf<Both>().toExtend<{ readonly a: string; readonly b?: boolean }>();
});

import { indexModes, indexStates } from '@datakeep/contracts';
import type { SchemaObject } from './openapi-types.ts';

const text: SchemaObject = { type: 'string' };
const flag: SchemaObject = { type: 'boolean' };
const count: SchemaObject = { type: 'integer', minimum: 0 };
const ms: SchemaObject = { type: 'number', minimum: 0 };
const msOrNull: SchemaObject = { type: ['number', 'null'], minimum: 0 };
const mode: SchemaObject = { type: 'string', enum: [...indexModes] };
const hour: SchemaObject = { type: 'integer', minimum: 0, maximum: 23 };
const note: SchemaObject = { type: ['string', 'null'], description: 'Why the storage does less than the policy says.' };
const object = (
  properties: Record<string, SchemaObject>,
  required: readonly string[] = Object.keys(properties),
): SchemaObject => ({
  type: 'object',
  properties,
  required: [...required],
});
const array = (items: SchemaObject): SchemaObject => ({ type: 'array', items });

const policy: Record<string, SchemaObject> = {
  mode,
  spaceBudget: {
    type: 'number',
    minimum: 0,
    maximum: 5,
    description: "Share of the data's bytes that automatic indexes may take.",
  },
  window: {
    type: ['object', 'null'],
    properties: { fromHour: hour, toHour: hour },
    required: ['fromHour', 'toHour'],
    description: 'When longer builds may hold up writes, in hours of UTC; null: never.',
  },
};

const index: SchemaObject = object({
  id: text,
  name: text,
  profile: text,
  keys: array(object({ field: text, direction: { type: 'string', enum: ['ascending', 'descending'] } })),
  state: { type: 'string', enum: [...indexStates, 'declared'] },
  kept: flag,
  explanation: {
    ...array(text),
    description: 'Plain sentences: what it serves, who asked, what it costs, what it brought or would bring.',
  },
  shapes: array(object({ shape: text, calls: count, totalMs: ms, p95Ms: ms })),
  figures: object({
    benefitMs: ms,
    writeCostMs: ms,
    buildMs: msOrNull,
    bytes: { type: ['integer', 'null'], minimum: 0 },
    beforeMs: msOrNull,
    afterMs: msOrNull,
  }),
  history: array(
    object({
      at: { type: 'string', format: 'date-time' },
      state: { type: 'string', enum: [...indexStates] },
      reason: text,
    }),
  ),
});

/** Answers that tell of indexes. */
export const indexSchemas: Readonly<Record<string, SchemaObject>> = {
  Index: index,
  IndexList: object({
    items: array({ $ref: '#/components/schemas/Index' }),
    nextCursor: { type: 'null' },
    engine: text,
    policy: object(policy),
    effectiveMode: mode,
    note,
  }),
  IndexPolicy: object({ ...policy, effectiveMode: mode, note }),
  IndexPolicyChange: object(policy, []),
  ExplainedEventList: object(
    {
      items: array({ $ref: '#/components/schemas/Event' }),
      nextCursor: { type: ['string', 'null'] },
      count,
      explain: object({
        index: { type: ['string', 'null'] },
        plan: array(text),
        milliseconds: ms,
        rowsReturned: count,
        rowsExamined: { type: ['integer', 'null'], minimum: 0 },
        shape: text,
      }),
    },
    ['items', 'nextCursor'],
  ),
};

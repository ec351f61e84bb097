import { indexModes, indexStates } from '@datakeep/contracts';
import type { Schemas } from './openapi-types.ts';
import { amount, array, closed, count, date, flag, object, oneOf, ref, text, textOrNull } from './shapes.ts';

const amountOrNull = { type: ['number', 'null'], minimum: 0 };
const countOrNull = { type: ['integer', 'null'], minimum: 0 };
const hour = { type: 'integer', minimum: 0, maximum: 23 };
const note = { ...textOrNull, description: 'Why the storage does less than the policy says.' };
const mode = oneOf(...indexModes);

const policy: Schemas = {
  mode,
  spaceBudget: {
    type: 'number',
    minimum: 0,
    maximum: 5,
    description: "Share of the data's bytes that automatic indexes may take.",
  },
  window: {
    oneOf: [{ type: 'null' }, closed({ fromHour: hour, toHour: hour })],
    description: 'When longer builds may hold up writes, in hours of UTC; null: never.',
  },
};

/** Indexes: existing, proposed and reverted ones, and the policy for automatic ones. */
export const indexSchemas: Schemas = {
  Index: object({
    id: text,
    name: text,
    profile: text,
    keys: array(object({ field: text, direction: oneOf('ascending', 'descending') })),
    state: oneOf(...indexStates, 'declared'),
    kept: flag,
    explanation: {
      ...array(text),
      description: 'Plain sentences: what it serves, who asked, what it costs, what it brought or would bring.',
    },
    shapes: array(object({ shape: text, calls: amount, totalMs: amount, p95Ms: amount })),
    figures: object({
      benefitMs: amount,
      writeCostMs: amount,
      buildMs: amountOrNull,
      bytes: countOrNull,
      beforeMs: amountOrNull,
      afterMs: amountOrNull,
    }),
    history: array(object({ at: date, state: oneOf(...indexStates), reason: text })),
  }),
  IndexList: object({
    items: array(ref('Index')),
    nextCursor: { type: 'null' },
    engine: text,
    policy: object(policy),
    effectiveMode: mode,
    note,
  }),
  IndexPolicy: object({ ...policy, effectiveMode: mode, note }),
  IndexPolicyChange: closed(policy, []),
  QueryExplanation: object({
    index: { ...textOrNull, description: 'The index that served it; null where none did.' },
    plan: array(text),
    milliseconds: amount,
    rowsReturned: count,
    rowsExamined: countOrNull,
    shape: text,
  }),
  ExplainedEventList: object(
    {
      items: array(ref('Event')),
      nextCursor: textOrNull,
      count,
      explain: { ...ref('QueryExplanation'), description: 'With `explain=true`.' },
    },
    ['items', 'nextCursor'],
  ),
};

import { groupLimits, intervals, measureOperations } from '@datakeep/contracts';
import { aggregationLimits, queryLimits } from './query-limits.ts';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Schema, maxItems: number, description?: string): Schema => ({
  type: 'array',
  items,
  maxItems,
  ...(description === undefined ? {} : { description }),
});
/** Unknown members are refused. */
const closed = (properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const text: Schema = { type: 'string', maxLength: queryLimits.stringBytes };
const ordered: Schema = { type: ['string', 'number'], maxLength: queryLimits.stringBytes };
const values = list(ref('Scalar'), queryLimits.values);
const children = { ...list(ref('Filter'), queryLimits.nodes), minItems: 1 };
const direction: Schema = { type: 'string', enum: ['ascending', 'descending'], default: 'ascending' };
const profile: Schema = { ...text, minLength: 1, description: "The profile's name." };
const field: Schema = {
  ...text,
  pattern: '^(payload|metadata)[.]',
  description: 'A dotted path under `payload.` or `metadata.`.',
};

/**
 * The bodies of `…/events/query` and `…/events/aggregate` as OpenAPI 3.1 component schemas. The parsers beside this
 * file decide; the descriptions hold what the schemas cannot express (depth, nodes, bytes in UTF-8, what the profile's
 * schema allows).
 */
export const querySchemas: Readonly<Record<string, Schema>> = {
  Scalar: {
    type: ['string', 'number', 'boolean', 'null'],
    maxLength: queryLimits.stringBytes,
    description: `A string (at most ${queryLimits.stringBytes} bytes in UTF-8), a number, true, false or null.`,
  },
  Operators: {
    ...closed(
      {
        eq: ref('Scalar'),
        ne: ref('Scalar'),
        lt: ordered,
        lte: ordered,
        gt: ordered,
        gte: ordered,
        in: values,
        nin: values,
        exists: { type: 'boolean' },
        prefix: text,
        contains: text,
      },
      [],
    ),
    minProperties: 1,
    description: 'All of them hold. `ne`, `nin` and `exists: false` are exact complements: they match an absent field.',
  },
  Comparison: { anyOf: [ref('Scalar'), ref('Operators')], description: 'A bare value means `eq`.' },
  Filter: {
    type: 'object',
    properties: { and: children, or: children, not: ref('Filter') },
    additionalProperties: ref('Comparison'),
    propertyNames: { pattern: '^(and|or|not|(payload|metadata)[.].+)$' },
    description:
      `All members hold. A member is \`and\`, \`or\`, \`not\`, or a field (a dotted path under ` +
      `\`payload.\` or \`metadata.\`) with its comparison. ` +
      `At most ${queryLimits.depth} deep, ${queryLimits.nodes} comparisons and combiners.`,
  },
  SortKey: closed({ field, direction }, ['field']),
  EventQuery: closed(
    {
      profile,
      filter: ref('Filter'),
      sort: list(
        ref('SortKey'),
        queryLimits.sortKeys,
        'Default: `metadata.createdDate`, descending. Payload fields need one scalar type in the schema.',
      ),
      fields: list(
        { ...text, pattern: '^payload[.]' },
        queryLimits.fields,
        'Payload members to answer, as `payload.…`; absent: all. Metadata always comes whole.',
      ),
      limit: { type: 'integer', minimum: 1, maximum: queryLimits.maxLimit, default: queryLimits.defaultLimit },
      cursor: { type: ['string', 'null'], description: '`nextCursor` of the page before, with the same query.' },
    },
    ['profile'],
  ),
  GroupKey: closed(
    {
      field,
      interval: { type: 'string', enum: [...intervals], description: 'For metadata dates: the start of the interval.' },
      timeZone: { type: 'string', description: 'A name of the IANA database, with an interval. Default: UTC.' },
    },
    ['field'],
  ),
  Measure: {
    ...closed({ op: { type: 'string', enum: [...measureOperations] }, field }, ['op']),
    description: '`field` may be left out of `count`, which then counts events.',
  },
  GroupSortKey: closed({ by: { type: 'string', description: "A measure's name, or `key`." }, direction }, ['by']),
  Aggregation: closed(
    {
      profile,
      filter: ref('Filter'),
      groupBy: list(ref('GroupKey'), aggregationLimits.keys, 'Absent or empty: one group.'),
      measures: {
        type: 'object',
        additionalProperties: ref('Measure'),
        propertyNames: { minLength: 1, maxLength: aggregationLimits.nameBytes, not: { const: 'key' } },
        minProperties: 1,
        maxProperties: aggregationLimits.measures,
        description:
          `Each measure by the name that it has in the answer, ` +
          `of at most ${aggregationLimits.nameBytes} bytes and not \`key\`.`,
      },
      sort: list(ref('GroupSortKey'), aggregationLimits.sortKeys, 'Default, and last: by key, ascending.'),
      limit: { type: 'integer', minimum: 1, maximum: groupLimits.groups, default: groupLimits.groups },
    },
    ['profile', 'measures'],
  ),
};

import { maxEvents, maxIdentifierLength } from '@datakeep/events';
import { array, closed, date, id, ref, type Schema, type Schemas, text } from './shapes.ts';

const payload = {
  type: 'object',
  additionalProperties: true,
  description: "Any JSON object that the profile's schema accepts.",
};

const jsonText = (description: string): Schema => ({ ...text, contentMediaType: 'application/json', description });
const upload = {
  name: text,
  description: text,
  runtime: text,
  permissions: jsonText('As JSON text.'),
  limits: jsonText('As JSON text.'),
  files: {
    ...array({ type: 'string', format: 'binary' }),
    minItems: 1,
    maxItems: 10,
    description: 'Each named by its path.',
  },
};
const uploaded = ['name', 'runtime', 'permissions', 'files'];

/** Bodies that no DTO reads, but for queries; and groups, which have a member by the name of each measure. */
export const bodySchemas: Schemas = {
  NewEvent: closed({
    metadata: closed(
      {
        profile: { ...text, minLength: 1, description: "The profile's name." },
        createdDate: { ...date, description: 'Any offset; at most milliseconds. Default: now.' },
        identifier: {
          ...text,
          minLength: 1,
          maxLength: maxIdentifierLength,
          description: "The app's own name for the event, by which it is stored once.",
        },
      },
      ['profile'],
    ),
    payload,
  }),
  NewEvents: closed({ events: { ...array(ref('NewEvent')), minItems: 1, maxItems: maxEvents } }),
  EventModification: closed({ payload }),
  ExportRequest: closed(
    { profile: { ...text, minLength: 1, description: 'Default: every profile.' }, filter: ref('Filter') },
    [],
  ),
  Group: {
    type: 'object',
    properties: {
      key: {
        ...array(ref('Scalar')),
        description: 'In the order of `groupBy`; of an interval its start, RFC 3339 with the offset of the zone.',
      },
    },
    required: ['key'],
    additionalProperties: ref('Scalar'),
    description: 'The key, and each measure by its name.',
  },
  Groups: {
    type: 'object',
    properties: {
      groups: array(ref('Group')),
      truncated: { type: 'boolean', description: 'Whether `limit` left groups out.' },
    },
    required: ['groups', 'truncated'],
  },
  ViewTemplateUpload: closed(upload, uploaded),
  ViewTemplateVersionUpload: closed(upload, ['files']),
  DryRunUpload: closed(
    {
      ...upload,
      configuration: jsonText('Any JSON value, as text.'),
      clientCustomData: jsonText('Any JSON value, as text.'),
      appId: id,
    },
    uploaded,
  ),
};

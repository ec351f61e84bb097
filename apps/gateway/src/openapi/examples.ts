/**
 * All examples are one story, so that they run unchanged, in this order, in Swagger UI: a walking app registers its
 * profile, requests permissions, stores and queries. test/e2e/openapi.spec.ts sends each of them.
 */
export const profileName = 'walks.example/walk';

export const profileExample = {
  name: profileName,
  schema: {
    type: 'object',
    properties: {
      activity: { type: 'string', maxLength: 40 },
      distance: { type: 'number', minimum: 0, description: 'metres' },
      duration: { type: 'integer', minimum: 0, description: 'seconds' },
      note: { type: ['string', 'null'], maxLength: 1000 },
    },
    required: ['activity', 'distance'],
    additionalProperties: false,
  },
} as const;

export const permissionExample = {
  profile: profileName,
  rights: ['read', 'create', 'modify', 'delete'],
  message: 'To keep your walks and show them to you.',
} as const;

/** Part of what was asked, and for a time. */
export const approvalExample = { rights: ['read'], expiresAt: '2035-01-01T00:00:00.000Z' } as const;

export const eventsExample = {
  events: [
    {
      metadata: { profile: profileName, identifier: 'walk-1', createdDate: '2026-03-01T08:00:00.000Z' },
      payload: { activity: 'walking', distance: 3200, duration: 2400 },
    },
    {
      metadata: { profile: profileName, identifier: 'walk-2', createdDate: '2026-03-02T18:30:00+01:00' },
      payload: { activity: 'running', distance: 5100.5, duration: 1800, note: null },
    },
  ],
} as const;

/** Lines of an export. */
export const importExample = [
  { profile: { name: profileName, schema: profileExample.schema } },
  {
    id: '6752f0c2a1b2c3d4e5f60718',
    metadata: {
      profile: profileName,
      source: '6752f0c2a1b2c3d4e5f60701',
      createdDate: '2025-11-01T09:00:00.000Z',
      acceptedDate: '2025-11-01T09:00:01.000Z',
      version: 1,
    },
    payload: { activity: 'walking', distance: 1800 },
  },
] as const;

export const queryExample = {
  profile: profileName,
  filter: {
    'payload.distance': { gte: 1000 },
    or: [{ 'payload.activity': 'walking' }, { 'payload.note': { exists: false } }],
  },
  sort: [{ field: 'payload.distance', direction: 'descending' }],
  limit: 10,
} as const;

export const aggregationExample = {
  profile: profileName,
  filter: { 'payload.activity': { in: ['walking', 'running'] } },
  groupBy: [{ field: 'metadata.createdDate', interval: 'day', timeZone: 'Europe/Prague' }],
  measures: { walks: { op: 'count' }, metres: { op: 'sum', field: 'payload.distance' } },
  sort: [{ by: 'metres', direction: 'descending' }],
  limit: 10,
} as const;

export const indexPolicyExample = { mode: 'suggest', spaceBudget: 0.5, window: { fromHour: 2, toHour: 5 } } as const;

export const modifyExample = { payload: { activity: 'walking', distance: 3300, duration: 2400 } } as const;

export const viewTemplateExample = {
  name: 'Distance walked',
  description: 'The sum of distances and the number of walks, and nothing else.',
  runtime: 'javascript',
  permissions: [{ profile: profileName, rights: ['read'] }],
  files: [
    {
      path: 'main.js',
      content: `module.exports = async ({ configuration, clientCustomData }, keep) => {
  let metres = 0;
  let walks = 0;
  let cursor = null;
  do {
    const filter = { 'payload.activity': configuration.activity };
    const page = await keep.events.query({ profile: '${profileName}', filter, limit: 1000, cursor });
    for (const event of page.items) {
      metres += event.payload.distance;
      walks += 1;
    }
    cursor = page.nextCursor;
  } while (cursor);
  console.log('walks counted:', walks);
  return { metres, walks, label: clientCustomData?.label ?? null };
};
`,
    },
  ],
} as const;

/** It needs no new right: instances move to it at once. */
export const viewTemplateVersionExample = {
  description: 'The sum of distances and the number of walks, counted by the keep itself.',
  files: [
    {
      path: 'main.js',
      content: `module.exports = async ({ configuration, clientCustomData }, keep) => {
  const { groups } = await keep.events.aggregate({
    profile: '${profileName}',
    filter: { 'payload.activity': configuration.activity },
    measures: { metres: { op: 'sum', field: 'payload.distance' }, walks: { op: 'count' } },
  });
  const [{ metres, walks }] = groups;
  return { metres, walks, label: clientCustomData?.label ?? null };
};
`,
    },
  ],
} as const;

/** It is tried before it is registered. */
export const dryRunExample = {
  ...viewTemplateExample,
  configuration: { activity: 'walking' },
  clientCustomData: { label: 'trial' },
} as const;

export const runExample = { clientCustomData: { label: 'spring' } } as const;

import { defaultAppLimits } from '@datakeep/kernel';
import type { Schemas } from './openapi-types.ts';
import { amount, array, count, dateOrNull, object, ref, text } from './shapes.ts';

/** Problems, and the state of the keep. */
export const systemSchemas: Schemas = {
  ProblemPlace: object(
    {
      index: { ...count, description: "The event's place in a batch." },
      line: { ...count, description: 'The line of a stream, from 1.' },
      pointer: { ...text, description: 'JSON Pointer (RFC 6901) into the body, or `/` and the parameter.' },
      code: { ...text, description: 'One of /docs/errors, under Places.', examples: ['required'] },
      detail: text,
    },
    ['pointer', 'code', 'detail'],
  ),
  Problem: object(
    {
      type: { ...text, description: 'Where the code is explained.', examples: ['/docs/errors#unauthenticated'] },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text,
      instance: { ...text, description: "The request's id, as in X-Request-Id." },
      code: { ...text, description: 'Stable: branch on it. One of /docs/errors.', examples: ['unauthenticated'] },
      errors: { ...array(ref('ProblemPlace')), maxItems: 20, description: 'The places of bad input.' },
    },
    ['type', 'title', 'status', 'detail', 'instance', 'code'],
    'Every error (RFC 9457).',
  ),
  System: object(
    {
      version: text,
      node: text,
      uptimeSeconds: count,
      residentBytes: count,
      storage: object({ engine: text, engineVersion: text, events: count, bytes: count, waitingBytes: count }),
      documents: object({ engine: text, bytes: count }),
      runQueue: object({ waiting: count, active: count, delayed: count }),
      runs: object({
        ended: count,
        endedBytes: count,
        quarantined: count,
        oldestEndedAt: dateOrNull,
        retention: object({ maxAgeMs: amount, maxRuns: count, maxBytes: count }),
        removed: count,
        sweptAt: dateOrNull,
      }),
      limits: object({
        app: object(
          Object.fromEntries(Object.keys(defaultAppLimits).map((name) => [name, count])),
          undefined,
          'What one app may have at once, run in a day and read in a minute (APP_LIMITS).',
        ),
        requestsPerMinute: {
          ...object({ read: amount, write: amount, run: amount, 'sign-in': amount }),
          type: ['object', 'null'],
          description: 'By class of route, for each app or address (RATE_LIMITS); null for no limit.',
        },
      }),
    },
    ['version', 'node', 'uptimeSeconds', 'residentBytes', 'limits'],
    'A part that is out of reach is absent.',
  ),
};

import type { ProblemEntry } from './problem-entry.ts';

/** What the keep is short of: status 5xx. */
export const serviceProblems = {
  overloaded: {
    status: 503,
    title: 'Too much at once',
    remedy:
      'Read the answers that wait, send less at once, and come back after the seconds that Retry-After names. ' +
      'Nothing was done, but for what a stream says it stored.',
  },
  'storage-busy': {
    status: 503,
    title: 'The storage is busy: nothing was done',
    remedy: 'Send the same request after the seconds that Retry-After names.',
  },
  'storage-unreachable': {
    status: 503,
    title: 'The storage is out of reach',
    remedy: 'The outcome may be unknown: send the same identifiers again.',
  },
  'query-timeout': {
    status: 503,
    title: 'The query took too long',
    remedy: 'Narrow it: a shorter time range, an equality on a selective field, no `contains`.',
  },
  'run-queue-unreachable': {
    status: 503,
    title: 'The run queue is out of reach: nothing was queued',
    remedy: 'Try again after the seconds that Retry-After names.',
  },
  'execution-service-unreachable': {
    status: 503,
    title: 'The execution service is out of reach',
    remedy: 'Look at /admin/v1/runtimes. Nothing was stored.',
  },
  'view-manager-unreachable': {
    status: 503,
    title: 'The view manager is out of reach',
    remedy: 'Try again after the seconds that Retry-After names; the detail says whether anything can have been done.',
  },
  'view-isolation-missing': {
    status: 503,
    title: 'View code is not run here: it could not be kept apart',
    remedy:
      'Mend what `detail` names (/admin/v1/runtimes has the whole self-test), ' +
      'or set ALLOW_UNCONFINED_VIEWS=true if you trust every view. Nothing was stored.',
  },
  'not-ready': {
    status: 503,
    title: 'The keep is not ready',
    remedy: 'It is starting or shutting down; nothing was done.',
  },
  'app-limit-reached': {
    status: 507,
    title: 'The app has as much as it may: nothing was stored',
    remedy:
      'Delete what is no longer needed, or ask the admin for more (`APP_LIMITS`); `GET /app/v1/me` shows each limit.',
  },
  'storage-full': {
    status: 507,
    title: 'The disk is full: nothing was stored',
    remedy: 'Free some space; reads are still served.',
  },
} as const satisfies Record<string, ProblemEntry>;

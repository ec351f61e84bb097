import type { Count } from '../documented-scalars.ts';
import { DatakeepError } from '../errors/datakeep-error.ts';

/**
 * What one app may pile up, and use in a time. Counts, but for `profileBytes`, bytes of the schemas that it registered,
 * and `eventBytes`, bytes of the payloads of its events.
 *
 * @internal
 */
export interface AppLimits {
  /** Events that are stored. */
  readonly events: Count;
  readonly eventBytes: Count;
  readonly profiles: Count;
  readonly profileBytes: Count;
  /** Requests for permissions that wait for a decision. */
  readonly pendingPermissions: Count;
  /** Requests for permissions in any state. */
  readonly permissions: Count;
  /** Tokens that are alive at once: the newest and those that it replaced within the last day. */
  readonly tokens: Count;
  readonly viewInstances: Count;
  /** Runs that wait or are executed. */
  readonly queuedRuns: Count;
  /** Runs that are accepted in one day of UTC. */
  readonly runsPerDay: Count;
  /** Events and groups of aggregations that it is handed out. */
  readonly rowsPerMinute: Count;
}

export const defaultAppLimits: AppLimits = {
  events: 10_000_000,
  eventBytes: 10 * 1024 ** 3,
  profiles: 100,
  profileBytes: 1024 * 1024,
  pendingPermissions: 100,
  permissions: 1000,
  tokens: 5,
  viewInstances: 100,
  queuedRuns: 20,
  runsPerDay: 10_000,
  rowsPerMinute: 1_000_000,
};

/** `event-bytes` of APP_LIMITS is `eventBytes`. */
const names = new Map(
  (Object.keys(defaultAppLimits) as (keyof AppLimits)[]).map((limit) => [
    limit.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    limit,
  ]),
);

const namesWithN = [...names.keys()].map((name) => `${name}=N`).join(',');
export const appLimitsLegal = `a list of ${namesWithN}, each N a whole number from 1 on`;

/** The limits as `parseAppLimits` reads them. */
export function appLimitsText(limits: AppLimits): string {
  return Array.from(names, ([name, limit]) => `${name}=${limits[limit]}`).join(',');
}

/** Reads `profiles=100,tokens=5`; a limit that is left out keeps its default. */
export function parseAppLimits(value: string): AppLimits | undefined {
  const limits: { -readonly [Name in keyof AppLimits]: number } = { ...defaultAppLimits };
  for (const part of value.split(',')) {
    const [, name, number] = /^([a-z-]+)=(\d{1,12})$/.exec(part.trim()) ?? [];
    const limit = names.get(name ?? '');
    if (limit === undefined || Number(number) === 0) return undefined;
    limits[limit] = Number(number);
  }
  return limits;
}

/** Limits of what is there, not of what happens in a time. */
type StockLimit = Exclude<keyof AppLimits, 'runsPerDay' | 'rowsPerMinute'>;

const words: Readonly<Record<StockLimit, string>> = {
  events: 'stored events',
  eventBytes: 'bytes of payloads',
  profiles: 'profiles',
  profileBytes: 'bytes of schemas',
  pendingPermissions: 'requests for permissions that wait for a decision',
  permissions: 'requests for permissions',
  tokens: 'live tokens',
  viewInstances: 'view instances',
  queuedRuns: 'runs that have not ended',
};

/** What to do where a limit is met, for the app's author. */
const remedies: Readonly<Record<StockLimit, string>> = {
  events: 'Delete events that are no longer needed, or ask the admin for more.',
  eventBytes: 'Delete events that are no longer needed, or ask the admin for more.',
  profiles: 'The admin can delete profiles of which there are no events, or allow more.',
  profileBytes: 'The admin can delete profiles of which there are no events, or allow more.',
  pendingPermissions: 'Wait until the admin has decided on some of them.',
  permissions: 'Ask the admin to allow more.',
  tokens: 'Renew a token that is alive.',
  viewInstances: 'Delete view instances that are no longer needed.',
  queuedRuns: 'Wait until some have ended.',
};

/** Throws `app-limit-reached` where `adding` more would be more than the limit. */
export function checkAppLimit(limits: AppLimits, name: StockLimit, used: number, adding = 1): void {
  const limit = limits[name];
  if (used + adding <= limit) return;
  throw new DatakeepError(
    'app-limit-reached',
    `The limit \`${name}\` is ${limit} ${words[name]}; ` +
      `this app has ${used}${adding === 1 ? '' : `, and ${adding} more were asked for`}. ${remedies[name]}`,
  );
}

/** What is refused until some time has passed: `rate-limited`. */
export function allowanceUsed(name: 'runsPerDay' | 'rowsPerMinute', limits: AppLimits, waitMs: number): DatakeepError {
  const what = name === 'runsPerDay' ? 'runs in a day of UTC' : 'events and groups read in a minute';
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new DatakeepError(
    'rate-limited',
    `The limit \`${name}\` is ${limits[name]} ${what}, and this app has used it up; ` +
      `more will be taken in ${retryAfterSeconds} s. The admin can allow more.`,
    { retryAfterSeconds },
  );
}

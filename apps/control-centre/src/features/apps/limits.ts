import { bytesText } from '../../components/ui/numbers.ts';
import type { AppUsed } from '../../api/operations.ts';

export type LimitName = keyof AppUsed;

/** In the order of the page. */
export const limitLabels: Readonly<Record<LimitName, string>> = {
  events: 'Events',
  eventBytes: 'Size of its events',
  profiles: 'Profiles',
  profileBytes: 'Size of their schemas',
  pendingPermissions: 'Requests that wait for you',
  permissions: 'Requests in all',
  tokens: 'Live tokens',
  viewInstances: 'View instances',
  queuedRuns: 'Runs under way',
  runsPerDay: 'Runs today (UTC)',
  rowsPerMinute: 'Events read, by the minute',
};

export const limitNames = Object.keys(limitLabels) as LimitName[];

/** Limits that are bytes are typed in MiB. */
const mebibyte = 1024 * 1024;
const isBytes = (name: LimitName): boolean => name === 'eventBytes' || name === 'profileBytes';

const count = new Intl.NumberFormat();

export function limitText(name: LimitName, value: number): string {
  return isBytes(name) ? bytesText(value) : count.format(value);
}

export function unitOf(name: LimitName): string {
  return isBytes(name) ? ' MiB' : '';
}

/** What is typed for a limit. */
export function typedOf(name: LimitName, value: number): number {
  return isBytes(name) ? value / mebibyte : value;
}

export function limitOf(name: LimitName, typed: number): number {
  return isBytes(name) ? Math.round(typed * mebibyte) : typed;
}

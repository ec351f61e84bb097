import { browserTokens, Datakeep, type DatakeepOptions, KeepError } from '@datakeep/client';
import { indexedDbOutbox } from '@datakeep/client/indexeddb-outbox';
import { h } from './dom.ts';

/** In the `localStorage` of this origin, which no other page reads. */
const urlName = 'timeline-keep';
const tokenName = 'timeline-token';
/** What waits for one keep is not sent to another. */
const outboxName = (url: string): string => `timeline-outbox ${new URL(url).host}`;

const options = (url: string): DatakeepOptions => ({
  url,
  tokens: browserTokens(tokenName),
  outbox: { store: indexedDbOutbox(outboxName(url)) },
});

export const keepUrl = (): string | undefined => localStorage.getItem(urlName) ?? undefined;

/** The keep that this browser is connected to. Asks it for nothing yet. */
export function connectedKeep(): Datakeep | undefined {
  const url = keepUrl();
  if (url === undefined || localStorage.getItem(tokenName) === null) return undefined;
  return Datakeep.connect(options(url));
}

/** Where the owner decides what this app may do. */
export const requestsLink = (): HTMLElement =>
  h('a', { href: new URL('requests', keepUrl()).href, target: '_blank', rel: 'noopener' }, 'the requests in your keep');

/** Trades the one-time token of the Control Centre for a token of this app, and tells the keep where the app lives. */
export async function connect(url: string, associationToken: string): Promise<Datakeep> {
  const origins = [location.origin];
  const keep = await Datakeep.associate({ ...options(url), associationToken, name: 'Timeline', origins });
  localStorage.setItem(urlName, new URL(url).href);
  return keep;
}

/** The token is good for nothing any more; notes that wait go on waiting. */
export async function disconnect(keep: Datakeep): Promise<void> {
  localStorage.removeItem(tokenName);
  await keep.close();
}

/** Nothing of the keep stays in this browser. */
export async function forget(keep: Datakeep): Promise<void> {
  await keep.close();
  indexedDB.deleteDatabase(outboxName(keepUrl()!));
  for (const name of Object.keys(localStorage)) if (name.startsWith('timeline-')) localStorage.removeItem(name);
}

/** Whether a keep's answer says that this app's token is good for nothing. */
export const isTokenOver = (error: unknown): boolean => error instanceof KeepError && error.is('unauthenticated');

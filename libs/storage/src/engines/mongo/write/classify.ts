import { hash } from 'node:crypto';
import type { AppendResult, NewEvent } from '@datakeep/contracts';

/** The event that lives under an identifier. */
export interface Existing {
  readonly id: string;
  readonly acceptedAt: number;
  readonly createdAt: number;
  readonly digest: string | undefined;
}

/** The key of an event with an identifier. Lengths separate the parts, so that no two triples make one text. */
export function keyOf(event: NewEvent): string | undefined {
  if (event.identifier === undefined) return undefined;
  return hash(
    'sha256',
    `${event.source.length}:${event.source}${event.profile.length}:${event.profile}${event.identifier}`,
    'base64url',
  );
}

/**
 * The results of a list, each event classified by what is stored and by those before it. What the list creates joins
 * `stored`, unless the list is in conflict.
 */
export function classifyList(
  events: readonly NewEvent[],
  keys: readonly (string | undefined)[],
  stored: Map<string, Existing>,
): AppendResult[] {
  const added = new Map<string, Existing>();
  const results = events.map((event, index): AppendResult => {
    const key = keys[index];
    const existing = key === undefined ? undefined : (added.get(key) ?? stored.get(key));
    if (existing) return repeated(event, existing);
    const { id, acceptedAt, createdAt, digest } = event;
    if (key !== undefined) added.set(key, { id, acceptedAt, createdAt, digest });
    return { id, acceptedAt, status: 'created' };
  });
  if (!isRefused(results)) for (const [key, event] of added) stored.set(key, event);
  return results;
}

export const isRefused = (results: readonly AppendResult[]): boolean =>
  results.some((result) => result.status === 'conflict');

function repeated(event: NewEvent, { id, acceptedAt, createdAt, digest }: Existing): AppendResult {
  const same = digest === event.digest && (event.createdAtGiven !== true || createdAt === event.createdAt);
  return { id, acceptedAt, status: same ? 'duplicate' : 'conflict' };
}

import { hash } from 'node:crypto';
import type { AppendResult, NewEvent } from '@datakeep/contracts';

/** What lives under an identifier. */
export interface Twin {
  readonly id: string;
  readonly acceptedAt: number;
  readonly createdAt: number;
  readonly digest: string | undefined;
}

/** Lengths stand between the parts, so that no two triples make one text. */
export function keyOf(event: NewEvent): string | undefined {
  if (event.identifier === undefined) return undefined;
  return hash(
    'sha256',
    `${event.source.length}:${event.source}${event.profile.length}:${event.profile}${event.identifier}`,
    'base64url',
  );
}

export function judge(event: NewEvent, twin: Twin | undefined): AppendResult {
  if (!twin) return { id: event.id, acceptedAt: event.acceptedAt, status: 'created' };
  const same = twin.digest === event.digest && (event.createdAtGiven !== true || twin.createdAt === event.createdAt);
  return { id: twin.id, acceptedAt: twin.acceptedAt, status: same ? 'duplicate' : 'conflict' };
}

/** The results of a list, each event judged by what is stored and by those before it. */
export function judgeAll(
  events: readonly NewEvent[],
  keys: readonly (string | undefined)[],
  stored: ReadonlyMap<string, Twin>,
): AppendResult[] {
  const twins = new Map(stored);
  return events.map((event, index) => {
    const key = keys[index];
    if (key === undefined) return judge(event, undefined);
    const result = judge(event, twins.get(key));
    if (result.status === 'created')
      twins.set(key, { id: event.id, acceptedAt: event.acceptedAt, createdAt: event.createdAt, digest: event.digest });
    return result;
  });
}

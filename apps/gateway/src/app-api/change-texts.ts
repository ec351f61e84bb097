import type { FollowedChanges } from '@datakeep/contracts';
import { changeJson } from '@datakeep/events';

/** Followed changes as server-sent events. */
export async function* changeTexts(followed: AsyncIterable<FollowedChanges>): AsyncGenerator<string, void, undefined> {
  for await (const { changes, next } of followed) yield textOf(changes, next);
}

/** Each carries the place after it as its id: a client that is cut off gets what it has not got. */
function textOf(changes: FollowedChanges['changes'], next: string): string {
  if (changes.length === 0) return `: beat\nid: ${next}\n\n`;
  return changes
    .map((change) => `event: ${change.change}\nid: ${change.place}\ndata: ${changeJson(change)}\n\n`)
    .join('');
}

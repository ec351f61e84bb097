import { randomBytes } from 'node:crypto';
import { DocumentConflict } from '../document-store.ts';
import { touchesUnique, uniqueKeys, updated, type CheckedWrite } from './checked-write.ts';
import type { Decisions, Outcome } from './decisions.ts';
import type { Locks } from './locks.ts';
import type { Image } from './record.ts';
import type { Turns } from './turns.ts';

/*
 * A unit of several writes without a transaction.
 *
 * 1. Every document of the unit is locked: the unit's batch id is put on it (`_l`, and at the end of `_h`) by a compare-and-set, in the order of collection
 *    and id, so that no two units wait for each other. A document that is not there yet gets an empty record that no reader counts.
 *    Members are not touched, so readers still see what was before.
 * 2. The writes are carried out here, in the list's order, on what the locked documents are. Conditions are decided by that.
 * 3. Unique indexes are documents too, one for each place that is taken (`document_keys`, its id made of index and values). Those that the unit
 *    takes or frees are locked like the rest, and a place that another document holds is a conflict. Any server can do this.
 * 4. One record in `document_decisions` holds what became of every document. Its insert is the commit: until then nothing is
 *    visible, after it everything is. In a conflict the locks are taken off and nothing has changed.
 * 5. Later than any read lasts, the outcomes are folded into the members and the decision goes (settling.ts). Until then a reader takes
 *    of a document the newest batch in `_h` that was committed when the reader began, so that it never sees a part (reads.ts).
 *
 * Whoever waits for a lock for longer than `abandonedMs`, or a sweep that watched it as long, decides that batch as undone; a writer that comes back
 * late finds the decision, and does its unit again. A crash leaves locks (undone later) or a decision (whole, settled later).
 *
 * A single write that no unique index takes part in is one operation on its document (mongo-documents.ts), unless that is locked.
 */

/** The collection of places in unique indexes. */
export const keysCollection = 'document_keys';

type State = Map<string, { readonly collection: string; readonly id: string; image: Image | null }>;
const stateKey = (collection: string, id: string): string => `${collection} ${id}`;

export interface UnitTools {
  readonly locks: Locks;
  readonly decisions: Decisions;
  readonly turns: Turns;
}

/** Commits the writes or rejects with `DocumentConflict`. */
export async function commitUnit(writes: readonly CheckedWrite[], tools: UnitTools): Promise<void> {
  for (;;) {
    const batch = randomBytes(12).toString('hex');
    const state: State = new Map();
    const releases: (() => void)[] = [];
    try {
      const outcomes = await prepare(writes, batch, state, releases, tools);
      // Where this fails the outcome is unknown: the locks stay, and whoever meets them finds a decision or makes one.
      if (await tools.decisions.decide(batch, outcomes)) return;
      await tools.locks.unlockAll(batch, [...state.values()]);
    } finally {
      for (const release of releases) release();
    }
  }
}

/** Locks all that the unit touches and carries it out on paper. What fails here has changed nothing. */
async function prepare(
  writes: readonly CheckedWrite[],
  batch: string,
  state: State,
  releases: (() => void)[],
  { locks, turns }: UnitTools,
): Promise<Outcome[]> {
  const lockAll = async (wanted: readonly { readonly collection: string; readonly id: string }[]): Promise<void> => {
    for (const { collection, id } of places(wanted)) {
      releases.push(await turns.take(stateKey(collection, id)));
      state.set(stateKey(collection, id), { collection, id, image: await locks.lock(collection, id, batch) });
    }
  };
  try {
    await lockAll(writes.map((write) => ({ collection: write.shape.name, id: write.id })));
    if (writes.some((write) => touchesUnique(write)))
      await lockAll([...keysOf(writes, state)].map((id) => ({ collection: keysCollection, id })));
    return carryOut(writes, state);
  } catch (error) {
    await locks.unlockAll(batch, [...state.values()]);
    throw error;
  }
}

/** Each place once, in the order in which everybody locks. */
function places(
  list: readonly { readonly collection: string; readonly id: string }[],
): { collection: string; id: string }[] {
  const found = new Map(list.map((place) => [stateKey(place.collection, place.id), place]));
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}

/** Every place in a unique index that the unit takes or frees at any step. Conflicts come later: here a write that can't be is passed over. */
function keysOf(writes: readonly CheckedWrite[], state: State): Set<string> {
  const images = new Map([...state].map(([key, { image }]) => [key, image]));
  const keys = new Set<string>();
  for (const write of writes) {
    const key = stateKey(write.shape.name, write.id);
    const before = images.get(key) ?? null;
    const after = imageAfter(write, before);
    for (const image of [before, after])
      for (const unique of uniqueKeys(write.shape, write.id, image)) keys.add(unique.key);
    images.set(key, after);
  }
  return keys;
}

function imageAfter(write: CheckedWrite, before: Image | null): Image | null {
  if (write.kind === 'delete') return null;
  if (write.kind === 'insert') return write.set;
  return before && updated(before, write);
}

/** The outcomes, or `DocumentConflict`. */
function carryOut(writes: readonly CheckedWrite[], state: State): Outcome[] {
  for (const [place, write] of writes.entries()) {
    const { name } = write.shape;
    const held = state.get(stateKey(name, write.id));
    if (!held) throw new Error('a write of the unit was not locked');
    const before = held.image;
    if (write.kind === 'insert') {
      if (before) throw new DocumentConflict('unique', place, name, 'id');
    } else if (!before || !write.onlyIf.test(write.id, before)) throw new DocumentConflict('condition', place, name);
    held.image = imageAfter(write, before);
    if (touchesUnique(write)) moveKeys(write, before, held.image, state, place);
  }
  return [...state.values()].map(({ collection, id, image }) => ({ collection, id, image }));
}

function moveKeys(write: CheckedWrite, before: Image | null, after: Image | null, state: State, place: number): void {
  for (const { key } of uniqueKeys(write.shape, write.id, before)) {
    const held = state.get(stateKey(keysCollection, key));
    if (held) held.image = null;
  }
  for (const { key, index } of uniqueKeys(write.shape, write.id, after)) {
    const held = state.get(stateKey(keysCollection, key));
    if (!held) throw new Error('a place of a unique index was not locked');
    if (held.image) throw new DocumentConflict('unique', place, write.shape.name, index);
    held.image = { owner: write.id };
  }
}

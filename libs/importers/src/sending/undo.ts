import { type EventSink, isRefusal } from './event-sink.ts';
import type { Created } from './import-log.ts';

export interface Undone {
  readonly deleted: number;
  /** Were deleted before. */
  readonly gone: number;
  /** Were changed since the import, and stay. */
  readonly changed: number;
}

export interface Undoing {
  readonly sink: EventSink;
  /** Resolves once the app may delete events of the profile. */
  readonly ensureDelete: (profile: string) => Promise<void>;
  readonly onProgress: (undone: Undone) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Each is a request of its own, which the keep commits together with those beside it. */
const mostInFlight = 16;

/** Deletes the events that an import added, but for those that were changed since. */
export async function undo(lines: AsyncIterable<Created>, undoing: Undoing): Promise<Undone> {
  const { sink, ensureDelete, onProgress, signal } = undoing;
  const allowed = new Set<string>();
  const undone = { deleted: 0, gone: 0, changed: 0 };
  const remove = async (id: string): Promise<void> => {
    try {
      await sink.delete(id, { version: 1, signal });
      undone.deleted += 1;
    } catch (error) {
      const code = isRefusal(error) ? error.code : undefined;
      if (code === 'not-found') undone.gone += 1;
      else if (code === 'version-mismatch') undone.changed += 1;
      else throw error;
    }
  };
  for await (const { profile, created } of lines) {
    if (!allowed.has(profile)) await ensureDelete(profile);
    allowed.add(profile);
    for (let at = 0; at < created.length; at += mostInFlight) {
      signal?.throwIfAborted();
      await Promise.all(created.slice(at, at + mostInFlight).map(remove));
      onProgress({ ...undone });
    }
  }
  return undone;
}

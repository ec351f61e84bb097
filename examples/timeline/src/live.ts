import { type Change, type Checkpoint, type Datakeep, KeepError } from '@datakeep/client';

/** Across reloads: the next start replays what came while the page was closed. */
const checkpointName = 'timeline-place';
const checkpoint: Checkpoint = {
  load: () => localStorage.getItem(checkpointName) ?? undefined,
  save: (place) => localStorage.setItem(checkpointName, place),
};

interface Listener {
  onChange(change: Change): void;
  /** `isFirst`: earlier changes are not replayed. */
  onOpen(isFirst: boolean): void;
  onAway(): void;
  /** The owner has taken back a right, or there is none yet. */
  onRights(): void;
  onTrouble(error: unknown): boolean;
}

/** Follows what changes in the keep, of all that the app may read. */
export class Live {
  readonly #keep: Datakeep;
  readonly #listener: Listener;
  #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(keep: Datakeep, listener: Listener) {
    this.#keep = keep;
    this.#listener = listener;
  }

  /** Begins, or begins anew: a right that was granted since counts from then on. */
  start(): void {
    this.close();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    // Lanes get their rights one after the other.
    this.#timer = setTimeout(() => void this.#follow(signal), 200);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { onAway, onChange, onRights, onTrouble } = this.#listener;
    const onOpen = (): void => this.#listener.onOpen(localStorage.getItem(checkpointName) === null);
    try {
      const following = { checkpoint, signal, onOpen, onProblem: onAway };
      for await (const change of this.#keep.events.changes(following)) onChange(change);
    } catch (error) {
      if (signal.aborted || onTrouble(error)) return;
      if (!(error instanceof KeepError)) return onAway();
      if (error.is('changes-gone')) {
        localStorage.removeItem(checkpointName);
        this.start();
      } else if (error.is('forbidden')) onRights();
      else onAway();
    }
  }
}

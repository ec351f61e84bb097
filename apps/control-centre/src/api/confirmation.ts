/**
 * Whether the keep waits for a proof that its owner is there (403 `confirmation-needed`). Requests that were refused so
 * wait for one dialog, and are sent again after it.
 */
interface Asked {
  readonly outcome: Promise<boolean>;
  readonly settle: (given: boolean) => void;
}

const listeners = new Set<() => void>();
let asked: Asked | undefined;

function change(next: Asked | undefined): void {
  asked = next;
  for (const listener of listeners) listener();
}

export const confirmation = {
  get isAsked(): boolean {
    return asked !== undefined;
  },
  /** Resolves with whether the proof was given. */
  ask(): Promise<boolean> {
    if (asked === undefined) {
      let settle: Asked['settle'] = () => undefined;
      const outcome = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      change({ outcome, settle });
    }
    return asked!.outcome;
  },
  settle(given: boolean): void {
    asked?.settle(given);
    change(undefined);
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

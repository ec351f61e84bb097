import type { ImportNote } from './importer.ts';

const mostKinds = 300;
const maxNotes = 15;

/** Kinds of parts of which no event is made, and how often each came; kinds beyond 300 are not counted. */
export class LeftOut {
  readonly #counts = new Map<string, number>();

  add(kind: string): void {
    const count = this.#counts.get(kind);
    if (count !== undefined || this.#counts.size < mostKinds) this.#counts.set(kind, (count ?? 0) + 1);
  }

  /** The most frequent. */
  notes(text: (count: number, kind: string) => string): readonly ImportNote[] {
    const kinds = [...this.#counts].toSorted((one, other) => other[1] - one[1]).slice(0, maxNotes);
    return kinds.map(([kind, count]) => ({ kind: 'note', text: text(count, kind) }));
  }
}

import type { EventQuery, Position, SortKey } from '@datakeep/contracts';
import { compareCodePoints } from '../../answer/code-points.ts';
import { compareScalars } from '../../answer/compare-scalars.ts';

/** The total order of a query: its keys, then the id in the last key's direction. */
export function comparePositions(sort: readonly SortKey[]): (a: Position, b: Position) => number {
  return (a, b) => {
    for (let index = 0; index < sort.length; index++) {
      const order = compareScalars(a.values[index] ?? null, b.values[index] ?? null);
      if (order !== 0) return sort[index]?.direction === 'descending' ? -order : order;
    }
    const order = compareCodePoints(a.id, b.id);
    return sort.at(-1)?.direction === 'descending' ? -order : order;
  };
}

/** The first places of a stream, in order and in bounded memory: at most twice as many as asked for are held. */
export class FirstPlaces {
  readonly #compare: (a: Position, b: Position) => number;
  readonly #size: number;
  #kept: Position[] = [];
  #worst: Position | undefined;

  constructor(sort: readonly SortKey[], size: number) {
    this.#compare = comparePositions(sort);
    this.#size = size;
  }

  add(place: Position): void {
    if (this.#worst && this.#compare(place, this.#worst) >= 0) return;
    this.#kept.push(place);
    if (this.#kept.length >= this.#size * 2) this.#cut();
  }

  sorted(): readonly Position[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort(this.#compare).slice(0, this.#size);
    if (this.#kept.length === this.#size) this.#worst = this.#kept.at(-1);
  }
}

/** Whether the index by profile has the events in this order. */
export function isByCreation(query: EventQuery): boolean {
  return query.sort.length === 1 && query.sort[0]?.field === 'metadata.createdDate';
}

/**
 * Divides one amount (bytes, slots) among callers that are not known in advance. A caller may hold as much as is free:
 * one alone gets half, two a third each, and there is always room for the next one. (Dynamic thresholds of Choudhury
 * and Hahne, with a factor of 1.)
 *
 * The table is bounded by the amount itself: a caller without a holding has no entry.
 */
export class FairShare {
  readonly total: number;
  readonly #held = new Map<string, number>();
  /** Callers that were refused something since they last gave something back. */
  readonly #full = new Set<string>();
  #used = 0;

  constructor(total: number) {
    this.total = total;
  }

  /** What all callers hold together. */
  get used(): number {
    return this.#used;
  }

  /** Takes the amount, or answers false and takes nothing. */
  take(subject: string, amount: number): boolean {
    const held = this.#held.get(subject) ?? 0;
    if (held + amount > this.total - this.#used) {
      if (held > 0) this.#full.add(subject);
      return false;
    }
    this.hold(subject, amount);
    return true;
  }

  /** Takes the amount whether there is room or not: for what can no longer be refused. */
  hold(subject: string, amount: number): void {
    this.#used += amount;
    this.#held.set(subject, (this.#held.get(subject) ?? 0) + amount);
  }

  give(subject: string, amount: number): void {
    this.#used -= amount;
    this.#full.delete(subject);
    const held = (this.#held.get(subject) ?? 0) - amount;
    if (held > 0) this.#held.set(subject, held);
    else this.#held.delete(subject);
  }

  /**
   * Whether it is worth a try: the caller could take something, and was not refused since it last gave something back.
   * What is left may always be a little less than what is wanted.
   */
  hasRoom(subject: string): boolean {
    return !this.#full.has(subject) && (this.#held.get(subject) ?? 0) < this.total - this.#used;
  }
}

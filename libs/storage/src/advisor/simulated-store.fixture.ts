import type { AdviceEntry, AdviceKind, AdviceStore } from './index-engine.ts';

/** The advisor's store in memory. It outlives the advisor, as a disk would. */
export class SimulatedStore implements AdviceStore {
  readonly #entries = new Map<AdviceKind, Map<string, AdviceEntry>>();
  holder: { readonly name: string; readonly until: number } | undefined;

  async put(entries: readonly AdviceEntry[]): Promise<void> {
    for (const entry of entries) this.#of(entry.kind).set(entry.key, entry);
  }

  async all(kind: AdviceKind, from = Number.NEGATIVE_INFINITY): Promise<AdviceEntry[]> {
    return [...this.#of(kind).values()].filter(({ at }) => at >= from);
  }

  async remove(kind: AdviceKind, before: number): Promise<void> {
    for (const [key, { at }] of this.#of(kind)) if (at < before) this.#of(kind).delete(key);
  }

  async swap(entry: AdviceEntry, before: string | undefined): Promise<boolean> {
    if (this.#of(entry.kind).get(entry.key)?.value !== before) return false;
    await this.put([entry]);
    return true;
  }

  async delete(kind: AdviceKind, key: string): Promise<void> {
    this.#of(kind).delete(key);
  }

  async forget(profile: string): Promise<void> {
    for (const [kind, entries] of this.#entries) {
      if (kind !== 'index') for (const [key, entry] of entries) if (entry.profile === profile) entries.delete(key);
    }
  }

  async lease(name: string, now: number, until: number): Promise<boolean> {
    if (this.holder && this.holder.name !== name && this.holder.until > now) return false;
    this.holder = { name, until };
    return true;
  }

  #of(kind: AdviceKind): Map<string, AdviceEntry> {
    let entries = this.#entries.get(kind);
    if (!entries) this.#entries.set(kind, (entries = new Map()));
    return entries;
  }
}

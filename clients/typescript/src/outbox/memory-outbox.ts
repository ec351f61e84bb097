import type { AddedEvent, OutboxStore } from './outbox-store.ts';

interface Entry extends AddedEvent {
  readonly id: number;
}

/** In the memory of the program: gone with it. */
export function memoryOutbox(): OutboxStore {
  const waiting = new Map<number, Entry>();
  const refused = new Map<number, Entry & { readonly reason: string }>();
  let last = 0;
  return {
    add: (events) => {
      for (const event of events) waiting.set((last += 1), { id: last, ...event });
    },
    take: (limit, without) => {
      const taken: Entry[] = [];
      for (const entry of waiting.values()) {
        if (without.includes(entry.profile) || (taken[0] && taken[0].profile !== entry.profile)) continue;
        taken.push(entry);
        if (taken.length === limit) break;
      }
      return taken;
    },
    remove: (ids) => {
      for (const id of ids) if (!waiting.delete(id)) refused.delete(id);
    },
    refuse: (events) => {
      for (const { id, reason } of events) {
        const entry = waiting.get(id);
        if (entry !== undefined && waiting.delete(id)) refused.set(id, { ...entry, reason });
      }
    },
    refused: () => [...refused.values()],
    release: (ids) => {
      for (const id of ids) {
        const { reason: _, ...entry } = refused.get(id) ?? { id: 0, reason: '' };
        if (refused.delete(id)) waiting.set(id, entry as Entry);
      }
    },
    count: () => waiting.size,
    close: () => undefined,
  };
}

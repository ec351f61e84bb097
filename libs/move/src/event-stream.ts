import type { DataStorage, EventTransfer, RestoredEvent } from '@datakeep/contracts';
import type { ContentStream } from './content.ts';
import { ContentDiffers } from './move-error.ts';

/** The events of an engine, with the digests by which the same event sent again is known. */
export function eventStream(storage: DataStorage & EventTransfer): ContentStream {
  return {
    name: 'events',
    count: async () => (await storage.figures()).events,
    pages: () => pagesOf(storage),
    write: async (events) => {
      const results = await storage.restore(events as readonly RestoredEvent[]);
      if (results.some(({ status }) => status === 'conflict')) throw new ContentDiffers('events');
    },
  };
}

async function* pagesOf(storage: EventTransfer): AsyncGenerator<readonly RestoredEvent[]> {
  for (let after: string | undefined; ;) {
    const page = await storage.stored(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.id;
  }
}

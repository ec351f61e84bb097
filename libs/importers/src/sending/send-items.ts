import type { ImportItem } from '../importer.ts';
import { SendBatches, type Sending } from './send-batches.ts';

/** Sends the events of a file. However it ends, what was on its way by then is stored and noted, or neither. */
export async function sendItems(items: AsyncIterable<ImportItem>, sending: Sending): Promise<void> {
  const { tally, signal, onProgress } = sending;
  const batches = new SendBatches(sending);
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      if (item.kind === 'event') await batches.add(item);
      else if (item.kind === 'refused') tally.refuse(item);
      else tally.note(item.text);
      onProgress();
    }
    await batches.flush();
  } finally {
    await batches.landed();
    onProgress();
  }
}

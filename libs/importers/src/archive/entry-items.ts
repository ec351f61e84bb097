import { ImportFault, type ImportItem, type Source } from '../importer.ts';

/** Items of one entry, with its name where a part is refused. What is wrong with it leaves the others as they are. */
export async function* itemsOfEntry(
  entry: Source,
  items: AsyncIterable<ImportItem>,
): AsyncGenerator<ImportItem, void, undefined> {
  const named = (reason: string): string =>
    (reason.startsWith(entry.name) ? reason : `${entry.name}: ${reason}`).slice(0, 500);
  try {
    for await (const item of items) yield item.kind === 'refused' ? { ...item, reason: named(item.reason) } : item;
  } catch (error) {
    if (!(error instanceof ImportFault)) throw error;
    yield { kind: 'refused', line: 1, reason: named(error.message) };
  }
}

import type { ImportItem, Source } from './importer.ts';

/** A file of a test, in pieces of a few bytes, so that what straddles two is read as well. */
export function sourceOf(content: string | Uint8Array, name = 'sample', pieceBytes = 7): Source {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    name,
    async *bytes() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

export async function itemsOf(read: AsyncIterable<ImportItem>): Promise<ImportItem[]> {
  const items: ImportItem[] = [];
  for await (const item of read) items.push(item);
  return items;
}

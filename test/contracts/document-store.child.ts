import { SqliteDocuments, type CollectionDefinition } from '@datakeep/documents';

/**
 * Commits units of three documents as fast as it can, several at once, and prints the number of each acknowledged one,
 * until it is killed.
 */

interface Part {
  readonly id: string;
  readonly unit: number;
}

const parts: CollectionDefinition<Part> = { name: 'parts', fields: { unit: { type: 'number' } }, indexes: [] };
const store = SqliteDocuments.open({ file: process.argv[2] ?? '', synchronous: 'full' });
const collection = store.collection(parts);
let unit = Number(process.argv[3]);

async function commitForEver(): Promise<void> {
  for (;;) {
    const mine = unit++;
    await store.commit(['a', 'b', 'c'].map((part) => collection.insert({ id: `${mine}-${part}`, unit: mine })));
    process.stdout.write(`${mine}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, commitForEver));

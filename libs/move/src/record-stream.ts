import {
  type Collection,
  type CollectionDefinition,
  type Document,
  type DocumentStore,
  pagesOf,
  tookPlace,
} from '@datakeep/documents';
import { canonicalOf, type ContentStream, type Item } from './content.ts';
import { ContentDiffers } from './move-error.ts';

/** Records may take MiB each. */
const pageRecords = 50;

/** The records of one collection. */
export function recordStream(documents: DocumentStore, definition: CollectionDefinition<Document>): ContentStream {
  const collection = documents.collection(definition);
  return {
    name: definition.name,
    count: () => collection.count(),
    pages: () => pagesOf(collection, {}, pageRecords),
    // Each alone: no record needs another, and single writes share commits or need no transaction.
    write: async (records) => {
      await Promise.all(records.map((record) => store(documents, collection, record)));
    },
  };
}

async function store(documents: DocumentStore, collection: Collection<Document>, record: Item): Promise<void> {
  if (await tookPlace(documents.commit([collection.insert(record)]))) return;
  const there = await collection.get(record.id);
  if (there === undefined || canonicalOf(there) !== canonicalOf(record))
    throw new ContentDiffers(collection.definition.name);
}

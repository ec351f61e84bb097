import type { CollectionDefinition, Document } from './document-store.ts';

/**
 * What one part of the keep has among the records. Each library that keeps records says so; a test fails for any other
 * collection.
 */
export interface RecordsPart {
  readonly name: string;
  /** What goes along when a keep is moved. */
  readonly collections: readonly CollectionDefinition<Document>[];
  /** What a keep makes anew by itself. */
  readonly leftOut?: readonly { readonly collection: CollectionDefinition<Document>; readonly because: string }[];
}

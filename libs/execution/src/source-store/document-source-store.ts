import type { SourceFile } from '@datakeep/contracts';
import {
  type Collection,
  type CollectionDefinition,
  type Document,
  DocumentConflict,
  type DocumentStore,
  type RecordsPart,
} from '@datakeep/documents';
import { isId } from '@datakeep/kernel';
import type { SourceStore } from './source-store.ts';

export interface SourceRecord extends Document {
  readonly files: readonly SourceFile[];
}

/** Source code where several executors share it: the same as the files of one. */
export const sourceRecords: CollectionDefinition<SourceRecord> = {
  name: 'view_sources',
  fields: { files: { type: 'json' } },
  indexes: [],
};

export const sourceCodeRecords: RecordsPart = { name: 'source code', collections: [sourceRecords] };

/** One record an id: the store of several executors, which share it through the documents port. */
export class DocumentSourceStore implements SourceStore {
  readonly #documents: DocumentStore;
  readonly #records: Collection<SourceRecord>;

  constructor(documents: DocumentStore) {
    this.#documents = documents;
    this.#records = documents.collection(sourceRecords);
  }

  async put(id: string, files: readonly SourceFile[]): Promise<void> {
    if (!isId(id)) throw new TypeError('A source id is 24 hex digits.');
    await this.#documents.commit([
      this.#records.insert({ id, files: files.map(({ path, content }) => ({ path, content })) }),
    ]);
  }

  async get(id: string): Promise<readonly SourceFile[] | undefined> {
    return isId(id) ? (await this.#records.get(id))?.files : undefined;
  }

  async delete(id: string): Promise<void> {
    if (!isId(id)) return;
    try {
      await this.#documents.commit([this.#records.delete(id)]);
    } catch (error) {
      if (!(error instanceof DocumentConflict)) throw error;
    }
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#records.find({ limit: 1 })).length === 0;
  }
}

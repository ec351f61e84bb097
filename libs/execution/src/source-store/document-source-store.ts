import type { SourceFile } from '@datakeep/contracts';
import {
  type Collection,
  type CollectionDefinition,
  type DocumentStore,
  field,
  type RecordOf,
  type RecordsPart,
  tookPlace,
} from '@datakeep/documents';
import { isId } from '@datakeep/kernel';
import type { SourceStore } from './source-store.ts';

const sourceFields = { files: field.json<readonly SourceFile[]>() };
export type SourceRecord = RecordOf<typeof sourceFields>;

export const sourceRecords: CollectionDefinition<SourceRecord> = {
  name: 'view_sources',
  fields: sourceFields,
  indexes: [],
};

export const sourceCodeRecords: RecordsPart = { name: 'source code', collections: [sourceRecords] };

/** One record an id. Several executors share them through the documents port. */
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
    if (isId(id)) await tookPlace(this.#documents.commit([this.#records.delete(id)]));
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#records.findOne({})) === undefined;
  }
}

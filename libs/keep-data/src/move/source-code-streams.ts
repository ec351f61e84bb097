import { type FileSourceStore, sourceRecords } from '@datakeep/execution';
import type { SourceFile } from '@datakeep/contracts';
import { ContentDiffers, type ContentReader, type ContentStream, type Item } from '@datakeep/move';

interface Source extends Item {
  readonly files: readonly SourceFile[];
}

const { name } = sourceRecords;

/** The source code of an embedded keep, whose files stand for the records of others. Code never changes. */
export function filesStream(files: FileSourceStore): ContentStream {
  return {
    name,
    count: async () => (await files.ids()).length,
    pages: () => pagesOf(files),
    write: async (sources) => {
      for (const { id, files: given } of sources as readonly Source[]) {
        const there = await files.get(id);
        if (there === undefined) await files.put(id, given);
        else if (JSON.stringify(there) !== JSON.stringify(given)) throw new ContentDiffers(name);
      }
    },
  };
}

/** Of a keep on MongoDB: one process has its source code in files, several have it among the records. */
export function bothReader(records: ContentReader, files: ContentReader): ContentReader {
  return {
    name,
    count: async () => (await records.count()) + (await files.count()),
    pages: async function* () {
      const seen = new Set<string>();
      for await (const page of records.pages()) {
        for (const { id } of page) seen.add(id);
        yield page;
      }
      for await (const page of files.pages()) yield page.filter(({ id }) => !seen.has(id));
    },
  };
}

async function* pagesOf(files: FileSourceStore): AsyncGenerator<readonly Source[]> {
  for (const id of await files.ids()) {
    const source = await files.get(id);
    if (source !== undefined) yield [{ id, files: source }];
  }
}

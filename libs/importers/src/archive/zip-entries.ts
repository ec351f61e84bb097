import { type FileEntry, Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-external.js';
import { ImportFault, type Source } from '../importer.ts';

const mostEntries = 200_000;
/** The list of the entries is held while it is read. */
const longestRead = 64 * 1024 * 1024;
/** Exports of ten years have some 4 GiB. */
const mostBytes = 32 * 1024 ** 3;
/** XML of measurements is packed to a 20th or a 40th; deflate itself ends at 1,032. */
const mostRatio = 200;

class SourceReader extends Reader<NonNullable<Source['range']>> {
  readonly #range: NonNullable<Source['range']>;

  constructor(range: NonNullable<Source['range']>) {
    super(range);
    this.#range = range;
    this.size = range.size;
  }

  override readUint8Array(start: number, length: number): Promise<Uint8Array> {
    if (length > longestRead) throw new ImportFault('the list of its entries is longer than 64 MiB');
    return this.#range.read(start, Math.min(start + length, this.size));
  }
}

/**
 * The first entry of the archive that is wanted by its name and begin, as a source. Sizes and ratio are checked before
 * a byte of it is inflated; its name is shown and never becomes a path.
 */
export async function entryOf(
  source: Source,
  isName: (name: string) => boolean,
  isBegin: (head: string) => boolean,
): Promise<Source | undefined> {
  try {
    let entries = 0;
    for await (const entry of open(source).getEntriesGenerator()) {
      entries += 1;
      if (entries > mostEntries) throw new ImportFault(`${source.name} has more than ${mostEntries} entries.`);
      if (entry.directory || !isName(entry.filename)) continue;
      checkSizes(source, entry);
      if (isBegin(await beginOf(entry))) return { name: entry.filename, bytes: () => bytesOf(source, entry) };
    }
    return undefined;
  } catch (error) {
    throw faultOf(source, error);
  }
}

/** Names that lead elsewhere are refused by zip.js: its `filenameValidation` is `balanced`. */
function open({ name, range }: Source): ZipReader<unknown> {
  if (!range) throw new ImportFault(`${name} is an archive, which is read from a disk only.`);
  return new ZipReader(new SourceReader(range), { useWebWorkers: false });
}

function checkSizes({ name }: Source, { filename, compressedSize, uncompressedSize, encrypted }: FileEntry): void {
  const shown = `${name}: ${filename.slice(0, 200)}`;
  if (uncompressedSize > mostBytes) throw new ImportFault(`${shown} says that it has ${uncompressedSize} bytes.`);
  if (uncompressedSize > 1024 * 1024 && uncompressedSize > compressedSize * mostRatio)
    throw new ImportFault(`${shown} is packed to less than a ${mostRatio}th, as no real export is.`);
  if (encrypted) throw new ImportFault(`${shown} is encrypted.`);
}

async function beginOf(entry: FileEntry): Promise<string> {
  for await (const part of inflated(entry)) return new TextDecoder().decode(part.subarray(0, 4096));
  return '';
}

async function* bytesOf(source: Source, entry: FileEntry): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* inflated(entry);
  } catch (error) {
    throw faultOf(source, error);
  }
}

/** As fast as it is taken. */
async function* inflated(entry: FileEntry): AsyncGenerator<Uint8Array, void, undefined> {
  const stop = new AbortController();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const written = entry.getData(writable, { signal: stop.signal });
  const failed = written.then(() => new Promise<never>(() => undefined));
  // What ended it is thrown where it is read, or nobody reads any more.
  failed.catch(() => undefined);
  const reader = readable.getReader();
  try {
    for (;;) {
      const { value, done } = await Promise.race([reader.read(), failed]);
      if (done) break;
      yield value;
    }
    await written;
  } finally {
    stop.abort();
    await reader.cancel().catch(() => undefined);
  }
}

const faultOf = ({ name }: Source, error: unknown): ImportFault =>
  error instanceof ImportFault
    ? error
    : new ImportFault(`${name} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });

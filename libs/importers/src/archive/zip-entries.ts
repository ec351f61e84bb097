import { type Entry, type FileEntry, Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js';
import { ImportFault, type Source } from '../importer.ts';
import { headOf } from '../source-text.ts';

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
 * The entries of the archive that are wanted by their names, in their order, as sources. Sizes and ratio are checked
 * before a byte is inflated, of each entry and of all; a name is shown and never becomes a path.
 */
export async function* entriesOf(
  source: Source,
  isName: (name: string) => boolean,
): AsyncGenerator<Source, void, undefined> {
  let bytes = 0;
  for await (const entry of listed(source)) {
    if (entry.directory || !isName(entry.filename)) continue;
    checkSizes(source, entry);
    bytes += entry.uncompressedSize;
    // Entries that share their bytes are each within their ratio.
    checkRatio(source.name, bytes, source.range?.size ?? 0);
    yield { name: entry.filename, bytes: () => bytesOf(source, entry) };
  }
}

async function* listed(source: Source): AsyncGenerator<Entry, void, undefined> {
  let entries = 0;
  try {
    for await (const entry of open(source).getEntriesGenerator()) {
      entries += 1;
      if (entries > mostEntries) throw new ImportFault(`${source.name} has more than ${mostEntries} entries.`);
      yield entry;
    }
  } catch (error) {
    throw faultOf(source, error);
  }
}

/** The first entry that is wanted by its name and, where `isBegin` is given, by its begin. */
export async function entryOf(
  source: Source,
  isName: (name: string) => boolean,
  isBegin?: (head: string) => boolean,
): Promise<Source | undefined> {
  for await (const entry of entriesOf(source, isName)) if (!isBegin || isBegin(await headOf(entry))) return entry;
  return undefined;
}

/** Of all entries of an archive; of any other file there are none. */
export async function namesIn(source: Source, head: string): Promise<readonly string[]> {
  const names: string[] = [];
  if (isZip(head)) for await (const { filename } of listed(source)) names.push(filename);
  return names;
}

export const isZip = (head: string): boolean => head.startsWith('PK\u0003\u0004');

/** Names that lead elsewhere are refused by zip.js: its `filenameValidation` is `balanced`. */
function open({ name, range }: Source): ZipReader<unknown> {
  if (!range) throw new ImportFault(`${name} is an archive, which is read from a disk only.`);
  return new ZipReader(new SourceReader(range), { useWebWorkers: false });
}

function checkSizes({ name }: Source, { filename, compressedSize, uncompressedSize, encrypted }: FileEntry): void {
  const shown = `${name}: ${filename.slice(0, 200)}`;
  checkRatio(shown, uncompressedSize, compressedSize);
  if (encrypted) throw new ImportFault(`${shown} is encrypted.`);
}

function checkRatio(shown: string, whole: number, packed: number): void {
  if (whole > mostBytes) throw new ImportFault(`${shown} says that it has ${whole} bytes.`);
  if (whole > 1024 * 1024 && whole > packed * mostRatio)
    throw new ImportFault(`${shown} is packed to less than a ${mostRatio}th, as no real export is.`);
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
  // The reader gets the error, where there still is one.
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

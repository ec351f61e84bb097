import type { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { ImportFault, type Source } from '../importer.ts';

const mostEntries = 200_000;
/** Exports of ten years have some 4 GiB. */
const mostBytes = 32 * 1024 ** 3;
/** XML of measurements is packed to a 20th or a 40th; deflate itself ends at 1,032. */
const mostRatio = 200;

class SourceReader extends RandomAccessReader {
  readonly #range: NonNullable<Source['range']>;

  constructor(range: NonNullable<Source['range']>) {
    super();
    this.#range = range;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return this.#range.read(start, end);
  }
}

/**
 * The first entry of the archive that `isWanted` by its name and begin, as a source. Sizes and ratio are checked before
 * a byte of it is inflated; its name is shown and never becomes a path.
 */
export async function entryOf(
  source: Source,
  isName: (name: string) => boolean,
  isBegin: (head: string) => boolean,
): Promise<Source | undefined> {
  try {
    const zip = await open(source);
    try {
      let entries = 0;
      for await (const entry of zip.eachEntry()) {
        entries += 1;
        if (entries > mostEntries) throw new ImportFault(`${source.name} has more than ${mostEntries} entries.`);
        if (!isName(entry.fileName)) continue;
        checkSizes(source, entry);
        if (isBegin(await beginOf(zip, entry))) return { name: entry.fileName, bytes: () => bytesOf(source, entry) };
      }
      return undefined;
    } finally {
      zip.close();
    }
  } catch (error) {
    throw faultOf(source, error);
  }
}

function open({ name, range }: Source): Promise<ZipFile> {
  if (!range) throw new ImportFault(`${name} is an archive, which is read from a disk only.`);
  return fromRandomAccessReaderPromise(new SourceReader(range), range.size, {
    autoClose: false,
    lazyEntries: true,
    strictFileNames: true,
  });
}

function checkSizes({ name }: Source, { fileName, compressedSize, uncompressedSize, ...entry }: Entry): void {
  const shown = `${name}: ${fileName.slice(0, 200)}`;
  if (uncompressedSize > mostBytes) throw new ImportFault(`${shown} says that it has ${uncompressedSize} bytes.`);
  if (uncompressedSize > 1024 * 1024 && uncompressedSize > compressedSize * mostRatio)
    throw new ImportFault(`${shown} is packed to less than a ${mostRatio}th, as no real export is.`);
  // Bit 0 of the flags: the entry is encrypted.
  if ((entry.generalPurposeBitFlag & 1) === 1) throw new ImportFault(`${shown} is encrypted.`);
}

async function beginOf(zip: ZipFile, entry: Entry): Promise<string> {
  const stream = await zip.openReadStreamPromise(entry);
  for await (const part of stream as AsyncIterable<Buffer>) return part.subarray(0, 4096).toString('utf8');
  return '';
}

async function* bytesOf(source: Source, entry: Entry): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const zip = await open(source);
    try {
      yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>;
    } finally {
      zip.close();
    }
  } catch (error) {
    throw faultOf(source, error);
  }
}

const faultOf = ({ name }: Source, error: unknown): ImportFault =>
  error instanceof ImportFault
    ? error
    : new ImportFault(`${name} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });

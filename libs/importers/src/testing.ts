import { crc32, deflateRawSync } from 'node:zlib';
import type { ImportItem, Source } from './importer.ts';

/** A file of a test, in pieces of a few bytes, so that what straddles two is read as well. */
export function sourceOf(content: string | Uint8Array, name = 'sample', pieceBytes = 7): Source {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    name,
    async *bytes() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
    range: { size: bytes.length, read: (start, end) => Promise.resolve(bytes.subarray(start, end)) },
  };
}

export async function itemsOf(read: AsyncIterable<ImportItem>): Promise<ImportItem[]> {
  const items: ImportItem[] = [];
  for await (const item of read) items.push(item);
  return items;
}

export interface ZipPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Bytes that the archive gives as its size. */
  readonly says?: number;
  readonly flags?: number;
  /** It has no bytes of its own, but those of the part before it. */
  readonly shares?: boolean;
}

/** An archive, also such as no program makes. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const utf8Names = 0x800;
  const places: Buffer[] = [];
  const directory: Buffer[] = [];
  let [at, former] = [0, 0];
  for (const { name, content, says, flags = 0, shares = false } of parts) {
    const label = Buffer.from(name);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const packed = deflateRawSync(bytes);
    // What the local header and the directory both have, from the version that is needed on.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(utf8Names | flags, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(says ?? bytes.length, 18);
    common.writeUInt16LE(label.length, 22);
    const begin = Buffer.alloc(16);
    begin.writeUInt32LE(shares ? former : at, 12);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), common, begin.subarray(2), label);
    if (shares) continue;
    places.push(Buffer.from('PK\u0003\u0004'), common, label, packed);
    former = at;
    at += 4 + common.length + label.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...places, listed, Buffer.from('PK\u0005\u0006'), end]);
}

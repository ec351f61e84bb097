import type { Source } from './importer.ts';

const pieceBytes = 256 * 1024;

/**
 * A file of a browser, or one that Node's `openAsBlob` opened: read in pieces, and none of it held. `onRead` gets
 * the range of each.
 */
export function blobSource(
  blob: Blob,
  name: string,
  onRead: (start: number, end: number) => void = () => undefined,
): Source {
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(await blob.slice(start, end).arrayBuffer());
    onRead(start, end);
    return bytes;
  };
  return {
    name,
    async *bytes() {
      for (let at = 0; at < blob.size; at += pieceBytes) yield await read(at, Math.min(at + pieceBytes, blob.size));
    },
    range: { size: blob.size, read },
  };
}

import { ImportFault, type Source } from '../importer.ts';

/** Recordings of points are packed to a fifth or a tenth. */
const mostRatio = 200;

/** A source of what is packed by gzip; refused beyond `mostBytes`, or where it is packed more than any real one. */
export function gunzipped(source: Source, mostBytes: number): Source {
  return { name: source.name, bytes: () => inflated(source, mostBytes) };
}

async function* inflated({ name, bytes }: Source, mostBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  let [packed, whole] = [0, 0];
  const write = async (): Promise<void> => {
    try {
      for await (const part of bytes()) {
        packed += part.length;
        await writer.write(part as Uint8Array<ArrayBuffer>);
      }
      await writer.close();
    } catch (error) {
      await writer.abort(error);
    }
  };
  const written = write();
  const reader = readable.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      whole += value.length;
      if (whole > mostBytes) throw new ImportFault(`${name} has more than ${mostBytes / 1024 ** 2} MiB.`);
      if (whole > 1024 * 1024 && whole > packed * mostRatio)
        throw new ImportFault(`${name} is packed to less than a ${mostRatio}th, as no real recording is.`);
      yield value;
    }
    await written;
  } catch (error) {
    if (error instanceof ImportFault) throw error;
    throw new ImportFault(`${name} cannot be unpacked: it is no gzip, or damaged.`, { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
    await written.catch(() => undefined);
  }
}

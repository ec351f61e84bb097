import { ImportFault, type Source } from './importer.ts';

const headBytes = 4096;

/** The begin of the file, for recognition; what is no UTF-8 is replaced in it. */
export async function headOf(source: Source): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let left = headBytes;
  for await (const part of source.bytes()) {
    text += decoder.decode(part.subarray(0, left), { stream: true });
    left -= part.length;
    if (left <= 0) break;
  }
  return text + decoder.decode();
}

/** The file as text, piece by piece, without its byte order mark. Throws `ImportFault` where it is not so encoded. */
export async function* textOf(source: Source, encoding = 'utf-8'): AsyncGenerator<string, void, undefined> {
  const decoder = decoderOf(encoding);
  const decoded = (part?: Uint8Array): string => {
    try {
      return part ? decoder.decode(part, { stream: true }) : decoder.decode();
    } catch (error) {
      throw new ImportFault(`${source.name} is not ${encoding} text.`, { cause: error });
    }
  };
  for await (const part of source.bytes()) yield decoded(part);
  yield decoded();
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ImportFault(`There is no encoding ${encoding}.`);
  }
}

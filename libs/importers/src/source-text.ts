import { ImportFault, type Source } from './importer.ts';

const headBytes = 4096;

/** The begin of the file, for recognition; what is no UTF-8 is replaced in it. */
export async function headOf(source: Source): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of source.bytes()) {
    parts.push(part);
    length += part.length;
    if (length >= headBytes) break;
  }
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, headBytes));
}

/** The file as text, piece by piece, without its byte order mark. Throws `ImportFault` where it is not so encoded. */
export async function* textOf(source: Source, encoding = 'utf-8'): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ImportFault(`There is no encoding ${encoding}.`);
  }
  try {
    for await (const part of source.bytes()) yield decoder.decode(part, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new ImportFault(`${source.name} is not ${encoding} text.`, { cause: error });
  }
}

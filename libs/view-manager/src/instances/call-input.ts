import { DatakeepError } from '@datakeep/kernel';

/** Of JSON text, in bytes. */
const maxBytes = { configuration: 64 * 1024, clientCustomData: 1024 * 1024 } as const;

/** JSON text of a caller's input to a view; absent is null. Throws `invalid` with its pointer where it is too large. */
export function inputText(name: keyof typeof maxBytes, value: unknown): string {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > maxBytes[name])
    throw DatakeepError.invalidAt(`/${name}`, 'range', `Takes ${maxBytes[name]} bytes of JSON at most.`);
  return text;
}

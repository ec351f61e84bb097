import { DatakeepError, faultOfName, faultOfText } from '@datakeep/kernel';

// \p{Cc} are the control characters, \p{Cs} halves of surrogate pairs, which UTF-8 cannot carry.
const control = /[\p{Cc}\p{Cs}]/u;
const controlButNewline = /[^\P{Cc}\n\r\t]|\p{Cs}/u;

/**
 * Throws 422 at `pointer` unless `value` is text of `min`…`max` code points without control characters. `lines`: a text
 * in which line breaks and tabs are legal, and nothing makes it read otherwise than it is written.
 */
export function checkText(
  value: unknown,
  pointer: string,
  min: number,
  max: number,
  options: { readonly lines?: boolean } = {},
): string {
  if (typeof value !== 'string') throw DatakeepError.invalidAt(pointer, 'type', 'A string is expected.');
  const length = value.length > max * 2 ? max + 1 : Array.from(value).length;
  if (length < min || length > max)
    throw DatakeepError.invalidAt(pointer, 'range', `${min} to ${max} characters are expected.`);
  if ((options.lines ? controlButNewline : control).test(value))
    throw DatakeepError.invalidAt(pointer, 'format', 'Control characters are not allowed.');
  const fault = options.lines ? faultOfText(value) : undefined;
  if (fault !== undefined) throw DatakeepError.invalidAt(pointer, 'format', fault);
  return value;
}

/** Names of admins and apps: 1…200 characters, no space at either end, and nothing by which two would look alike. */
export function checkName(value: unknown, pointer = '/name'): string {
  const name = checkText(value, pointer, 1, 200);
  if (name.trim() !== name)
    throw DatakeepError.invalidAt(pointer, 'format', 'No space at the beginning or the end is allowed.');
  const fault = faultOfName(name);
  if (fault !== undefined) throw DatakeepError.invalidAt(pointer, 'format', fault);
  return name;
}

import { DatakeepError } from '@datakeep/kernel';

import { checkText } from '../lists/text-rules.ts';

/**
 * 1…200 characters without control characters; `/`, `:` and `.` are legal, but no slash at either end, and neither `.`
 * nor `..` alone.
 */
export function checkProfileName(name: unknown): void {
  const text = checkText(name, '/name', 1, 200);
  if (text.startsWith('/') || text.endsWith('/') || text.trim() !== text)
    throw DatakeepError.invalidAt('/name', 'format', 'No slash or space at the beginning or the end is allowed.');
  // The URL Standard takes both out of a path, escaped or not: no client could ask for it, nor delete it.
  if (text === '.' || text === '..')
    throw DatakeepError.invalidAt('/name', 'format', 'A name of dots alone stands for a folder in an address.');
}

/** Letters of two scripts look alike, and no one reads a profile's name aloud: it is an identifier. */
export function checkAscii(name: string): void {
  if (/[^ -~]/.test(name))
    throw DatakeepError.invalidAt('/name', 'format', 'A profile has a name of ASCII letters, digits and signs.');
}

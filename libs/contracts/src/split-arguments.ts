import { DatakeepError } from '@datakeep/kernel';

const openers = new Set(['[', '{']);
const closers = new Set([']', '}']);

/**
 * The source texts of a JSON array's elements (RFC 8259), so that they can be passed on without being parsed and
 * printed again: a number keeps every digit. Checks only the array's own structure, not its elements. Throws
 * `unreadable-body` for anything but an array.
 */
export function splitArguments(json: string): string[] {
  const text = json.trim();
  if (!text.startsWith('[') || !text.endsWith(']') || text.length < 2) throw notAnArray();
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]!;
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (openers.has(character)) depth += 1;
    else if (closers.has(character)) {
      depth -= 1;
      if (depth === 0 && index !== text.length - 1) throw notAnArray();
    } else if (character === ',' && depth === 1) {
      elements.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  if (depth !== 0 || inString) throw notAnArray();
  const last = text.slice(start, -1).trim();
  if (last !== '' || elements.length > 0) elements.push(last);
  if (elements.includes('')) throw notAnArray();
  return elements;
}

function notAnArray(): DatakeepError {
  return new DatakeepError('unreadable-body', "The call's arguments are no JSON array.");
}

/** Texts of at least this many characters travel behind the JSON, where a page of 41 KB costs 0.4 ms. */
const largeText = 1024;
/** A member of an answer, or of an argument, is no deeper. Lists are not looked through. */
const levels = 4;
/** Begins a message with texts, where plain JSON has `{`. */
const mark = 'T';

/** Where a text belongs, and its UTF-16 units. */
type Place = readonly [path: readonly string[], length: number];

/** A message as text: JSON, or `T<length>:<JSON of [message, places]><text>…`, where 0 holds the place of each text. */
export function printMessage(message: unknown): string {
  const places: Place[] = [];
  const texts: string[] = [];
  const rest = detached(message, [], places, texts);
  if (texts.length === 0) return JSON.stringify(message);
  const json = JSON.stringify([rest, places]);
  return `${mark}${json.length}:${json}${texts.join('')}`;
}

/** Throws for what `printMessage` does not print. */
export function parseMessage(data: string): unknown {
  if (!data.startsWith(mark)) return JSON.parse(data);
  const start = data.indexOf(':') + 1;
  let end = start + Number(data.slice(mark.length, start - 1));
  const [message, places] = JSON.parse(data.slice(start, end)) as [unknown, readonly Place[]];
  for (const [path, length] of places) {
    const member = path.at(-1) as string;
    const holder = path.slice(0, -1).reduce<unknown>(own, message);
    // Only what is there is replaced: a path through a prototype leads nowhere.
    if (own(holder, member) !== 0) throw new SyntaxError('a text without a place');
    (holder as Record<string, unknown>)[member] = data.slice(end, (end += length));
  }
  return message;
}

/** `value` with 0 for its large texts, which are pushed to `texts`; `value` itself where it has none. */
function detached(value: unknown, path: string[], places: Place[], texts: string[]): unknown {
  if (typeof value === 'string' && value.length >= largeText) {
    places.push([[...path], value.length]);
    texts.push(value);
    return 0;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.length === levels) return value;
  const members = value as Record<string, unknown>;
  let rest: Record<string, unknown> | undefined;
  for (const key of Object.keys(members)) {
    path.push(key);
    const left = detached(members[key], path, places, texts);
    path.pop();
    if (left === members[key]) continue;
    rest ??= { ...members };
    rest[key] = left;
  }
  return rest ?? value;
}

const own = (holder: unknown, member: string): unknown =>
  typeof holder === 'object' && holder !== null && Object.hasOwn(holder, member)
    ? (holder as Record<string, unknown>)[member]
    : undefined;

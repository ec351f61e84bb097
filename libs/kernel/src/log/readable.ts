const dim = 2;
/** Of a terminal: yellow, red; what is not named has no colour. */
const colourOfLevel: Readonly<Record<string, number>> = { debug: dim, warn: 33, error: 31 };

/** `12:00:00 WARN message name=value` from a line of the log, with a stack below it; any other text as it is. */
export function readableLine(line: string, colours: boolean): string {
  const logged = parse(line);
  if (!logged) return line;
  const { level, time, msg, stack, ...fields } = logged;
  const paint = (text: string, colour: number | undefined): string =>
    colours && colour !== undefined && text !== '' ? `\u001B[${colour}m${text}\u001B[0m` : text;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${harmless(value)}`);
  const words = [
    paint(String(time).slice(11, 19), dim),
    paint(level === 'info' ? '' : String(level).toUpperCase(), colourOfLevel[String(level)]),
    harmless(msg),
    paint(details.join(' '), dim),
  ].filter((word) => word !== '');
  const below = typeof stack === 'string' ? stack.split('\n').map((text) => `\n${paint(harmless(text), dim)}`) : [];
  return words.join(' ') + below.join('');
}

/**
 * What a terminal obeys or hides (control and format characters) is shown as its code: parts of a message may be a
 * caller's.
 */
function harmless(value: unknown): string {
  return String(value).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined; // cut off by the end of its process
  }
}

// Characters that are invisible or change the direction of what follows: bidi controls, zero-width and other format
// characters; and marks that pile up over the lines around them. Languages put up to four on a letter.
const invisible = /[\p{Cf}\p{Cc}\u2028\u2029\u115F\u1160\u3164\uFFA0]|(?<=\p{Mn}{4})\p{Mn}/gu;
const kept = new Set(['\n', '\t', '\u00AD']);
// Joiners make one emoji of several, and belong to the spelling in scripts that use them.
const joiners = [
  /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})/gu,
  /(?<=[\p{scx=Arab}\p{scx=Deva}\p{scx=Beng}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}])[\u200C\u200D](?=\p{L})/gu,
];

/** Text of others with what cannot be seen made visible: U+202E shows as `⟨U+202E⟩`. */
export function visibleText(text: string): string {
  const joined = new Set(joiners.flatMap((joiner) => Array.from(text.matchAll(joiner), ({ index }) => index)));
  return text.replaceAll(invisible, (character, index: number) =>
    kept.has(character) || joined.has(index)
      ? character
      : `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** A text of several lines is cut after these: no text of an app pushes what stands below it out of sight. */
const mostLines = 8;

/** The first `max` characters of a text, of its lines the first 8; undefined where that is all of it. */
export function beginOf(text: string, max: number, lines: boolean): string | undefined {
  const characters = Array.from(text.slice(0, max * 2));
  const isLong = characters.length > max || text.length > max * 2;
  const begin = isLong ? characters.slice(0, max).join('') : text;
  const few = lines ? begin.split('\n', mostLines).join('\n') : begin;
  return few.length < text.length ? few : undefined;
}

/** Between quotation marks that it cannot close: what it says is not said by the page. */
export function quotable(text: string): string {
  return text.replaceAll(/["“”„‟«»〝〞〟＂]/g, "'");
}

/** With annotation marks, which are format characters, and the blank pattern of Braille, which is no space. */
const invisible = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800]/u;
/** Joiners and variation selectors make letters and emoji what they are, and Braille is written with its blank. */
const invisibleAndAlone = /(?![\p{Variation_Selector}\u200c\u200d])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;

/** Why a name could look like another, or undefined: it holds what cannot be seen, or is not in Unicode's form NFC. */
export function faultOfName(name: string): string | undefined {
  const [found] = invisible.exec(name) ?? [];
  if (found !== undefined) return `A name holds no character that cannot be seen: ${codePointOf(found)}.`;
  return name === name.normalize('NFC') ? undefined : 'A name stands in the Unicode normalization form NFC.';
}

/** Why a text could read otherwise than it is written, or undefined: a mark of direction, or what cannot be seen. */
export function faultOfText(text: string): string | undefined {
  const [found] = invisibleAndAlone.exec(text) ?? [];
  return found === undefined
    ? undefined
    : `Marks of direction and characters that cannot be seen are not allowed: ${codePointOf(found)}.`;
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
}

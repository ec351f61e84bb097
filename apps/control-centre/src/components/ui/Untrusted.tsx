import { useState } from 'react';
import { UnstyledButton } from './mantine.ts';

// Characters that are invisible or change the direction of what follows: bidi controls, zero-width and other format
// characters.
const invisible = /[\p{Cf}\p{Cc}\u2028\u2029\u115F\u1160\u3164\uFFA0]/gu;
const kept = new Set(['\n', '\t', '\u00AD']);

/** Text of others with what cannot be seen made visible: U+202E shows as `⟨U+202E⟩`. */
export function visibleText(text: string): string {
  return text.replaceAll(invisible, (character) =>
    kept.has(character) ? character : `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/**
 * Text of an app: never HTML and never a link, cut to `max` characters with the rest one click away, its text direction
 * isolated from its surroundings.
 */
export function Untrusted({ text, max = 200 }: { readonly text: string; readonly max?: number }) {
  const [whole, setWhole] = useState(false);
  const characters = text.length > max ? Array.from(text.slice(0, max * 2)) : undefined;
  const isLong = characters !== undefined && (characters.length > max || text.length > max * 2);
  return (
    <>
      <bdi className="untrusted">{visibleText(isLong && !whole ? `${characters.slice(0, max).join('')}…` : text)}</bdi>
      {isLong && (
        <>
          {' '}
          <UnstyledButton
            component="button"
            td="underline"
            fz="inherit"
            onClick={(event) => {
              // Within a link, it does not follow that.
              event.preventDefault();
              setWhole(!whole);
            }}
            aria-expanded={whole}
          >
            {whole ? 'less' : `all ${text.length.toLocaleString()} characters`}
          </UnstyledButton>
        </>
      )}
    </>
  );
}

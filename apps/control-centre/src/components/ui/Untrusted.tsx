import { useState } from 'react';
import { UnstyledButton } from './mantine.ts';
import { beginOf, quotable, visibleText } from './visible-text.ts';

interface Properties {
  readonly text: string;
  readonly max?: number;
  /** Its line breaks break lines. In a name, a title or a cell they are spaces. */
  readonly lines?: boolean;
}

/**
 * Text of an app: never HTML and never a link, cut to `max` characters with the rest one click away, its text direction
 * isolated from its surroundings.
 */
export function Untrusted({ text, max = 200, lines = false }: Properties) {
  const [whole, setWhole] = useState(false);
  const begin = beginOf(text, max, lines);
  return (
    <>
      <bdi className={lines ? 'untrusted untrusted-lines' : 'untrusted'}>
        {visibleText(begin === undefined || whole ? text : `${begin}…`)}
      </bdi>
      {begin !== undefined && (
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

/** The same between quotation marks, which it cannot close: what it says is not said by the page. */
export function Quoted({ text, ...others }: Properties) {
  return (
    <>
      “<Untrusted {...others} text={quotable(text)} />”
    </>
  );
}

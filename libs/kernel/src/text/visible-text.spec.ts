import { describe, expect, it } from 'vitest';

import { faultOfName, faultOfText } from './visible-text.ts';

describe('a name', () => {
  it.each(['Walks', 'Zoë', '漢字', '🌲', 'a b'])('may be %s', (name) => {
    expect(faultOfName(name)).toBeUndefined();
  });

  it.each([
    ['a zero-width space', 'Wa\u200blks', 'U+200B'],
    ['a mark of direction', 'Walks\u202e', 'U+202E'],
    ['a joiner', 'Wa\u200dlks', 'U+200D'],
    ['a variation selector', 'Walks\ufe0f', 'U+FE0F'],
    ['a soft hyphen', 'Wa\u00adlks', 'U+00AD'],
    ['a filler', 'Walks\u3164', 'U+3164'],
    ['a blank pattern of Braille', '\u2800', 'U+2800'],
    ['a mark of annotation', 'Wa\ufff9lks', 'U+FFF9'],
    ['a tag', 'Walks\u{e0041}', 'U+E0041'],
    ['a letter and its accent apart', 'Zoe\u0308', 'NFC'],
  ])('has no %s', (_what, name, detail) => {
    expect(faultOfName(name)).toContain(detail);
  });
});

describe('a text', () => {
  it.each(['a\n\tb', 'Zoe\u0308', '👩\u200d💻', '❤\ufe0f', 'می\u200cخواهم', 'ᠮ\u180b'])('may be %j', (text) => {
    expect(faultOfText(text)).toBeUndefined();
  });

  it.each(['\u202e', '\u2066', '\u061c', '\u200e', '\u200b', '\u2060', '\ufeff', '\u00ad', '\ufffb', '\u{e0041}'])(
    'does not hold %j',
    (character) => {
      expect(faultOfText(`read ${character}walks`)).toContain('U+');
    },
  );
});

import { expect, it } from 'vitest';
import { beginOf, quotable, visibleText } from './visible-text.ts';

it.each([
  ['left\u202Eto right', 'left⟨U+202E⟩to right'],
  ['a\u200Bb', 'a⟨U+200B⟩b'],
  ['Air\u200Dline', 'Air⟨U+200D⟩line'],
])('shows what cannot be seen in %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

it.each(['👩\u200D👩\u200D👧', '🏳\uFE0F\u200D🌈', '🧑🏽\u200D🚀', 'می\u200Cخواهم', 'क्\u200Dष'])(
  'leaves the joiners of %s, which make it what it is',
  (text) => {
    expect(visibleText(text)).toBe(text);
  },
);

it('shows marks that would cover the lines around them, and leaves those that a language needs', () => {
  expect(visibleText(`e${'\u0301'.repeat(7)}`)).toBe(`e${'\u0301'.repeat(4)}${'⟨U+0301⟩'.repeat(3)}`);
  expect(visibleText('בְּרֵאשִׁ֖ית')).toBe('בְּרֵאשִׁ֖ית');
});

it('cuts a text that is long, or tall where its line breaks break lines', () => {
  expect(beginOf('short', 10, true)).toBeUndefined();
  expect(beginOf('👧👧👧', 2, false)).toBe('👧👧');
  expect(beginOf('a\n'.repeat(20), 100, false)).toBeUndefined();
  expect(beginOf('a\n'.repeat(20), 100, true)).toBe(`${'a\n'.repeat(7)}a`);
});

it('lets no quotation mark end a quotation', () => {
  expect(quotable('Steps” today. "Nothing« else')).toBe("Steps' today. 'Nothing' else");
});

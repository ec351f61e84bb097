import { describe, expect, it } from 'vitest';
import { csvRow } from './csv.ts';

describe('a row of CSV', () => {
  it('quotes texts, doubles their quotes and ends with CR LF (RFC 4180)', () => {
    expect(csvRow(['a', 'b,c', 'say "hello"', 'two\nlines', ''])).toBe('"a","b,c","say ""hello""","two\nlines",""\r\n');
  });

  it('leaves absent and null empty, numbers and booleans as they are, and writes the rest as JSON', () => {
    expect(csvRow([undefined, null, -5, 1e21, true, ['x', 1], { a: '"' }])).toBe(
      ',,-5,1e+21,true,"[""x"",1]","{""a"":""\\""""}"\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1'])('takes from the text %s that it is a formula', (text) => {
    expect(csvRow([text])).toBe(`"'${text}"\r\n`);
  });

  it.each([
    ['after a semicolon', 'a;=1+1', "a;'=1+1"],
    ['after a tab', 'a\t@x', "a\t'@x"],
    ['after a line break', 'a\n\n=1', "a\n\n'=1"],
    ['behind spaces and quotes', ' "=1', ' "\'=1'],
    ['several times', '=a;-b', "'=a;'-b"],
  ])('takes from a text that a cell with a formula begins in it: %s', (_where, text, expected) => {
    expect(csvRow([text])).toBe(`"${expected.replaceAll('"', '""')}"\r\n`);
  });

  it('leaves such signs alone where no cell can begin', () => {
    expect(csvRow(['a=b', 'x - y', 'me@example.org'])).toBe('"a=b","x - y","me@example.org"\r\n');
  });

  it('is written at once for a text of 1 MiB of line breaks', () => {
    expect(csvRow(['\n'.repeat(1024 * 1024)]).length).toBe(1024 * 1024 + 4);
  });
});

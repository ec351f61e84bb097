/**
 * Rows of RFC 4180, with a header: every cell is quoted, quotes are doubled, rows end with CR LF; UTF-8 with a byte
 * order mark, by which Excel recognises it.
 *
 * A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and formulas can send data away.
 * Where the list separator is `;` or a tab, a cell may also begin after one of these, or after a line break. So text
 * (and only text: numbers stay numbers) gets a `'` before each such sign. The NDJSON export is exact.
 */
export const csvBegin = '\uFEFF';

// The wide forms are those that Excel reads like the narrow ones.
const formula = /(^|[;\t\r\n])([\s"']{0,8})([=+\-@＝＋－＠])/g;

export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${text.replaceAll(formula, "$1$2'$3").replaceAll('"', '""')}"`;
}

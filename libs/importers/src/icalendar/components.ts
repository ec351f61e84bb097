import { ImportFault, type Source } from '../importer.ts';
import { textOf } from '../source-text.ts';

/** Text of one component of a calendar, of its depth 1, with its BEGIN and END. */
export interface ComponentText {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
  /** Where the file ends before it does. */
  readonly isCut: boolean;
}

const longestComponent = 4 * 1024 * 1024;

/** The components of all calendars of the file, in their order. */
export async function* componentsOf(source: Source): AsyncGenerator<ComponentText, void, undefined> {
  let open: { readonly kind: string; readonly lines: string[]; readonly line: number; units: number } | undefined;
  for await (const { line, text } of linesOf(source)) {
    if (!open) {
      const begun = kindIn(/^BEGIN:([\w-]+)\s*$/i, text);
      if (begun !== undefined && begun !== 'VCALENDAR') open = { kind: begun, lines: [text], line, units: 0 };
      continue;
    }
    open.lines.push(text);
    open.units += text.length;
    if (open.units > longestComponent) throw new ImportFault(`line ${open.line}: a component is larger than 4 MiB.`);
    if (kindIn(/^END:([\w-]+)\s*$/i, text) === open.kind) {
      yield { kind: open.kind, text: open.lines.join('\r\n'), line: open.line, isCut: false };
      open = undefined;
    }
  }
  if (open) yield { kind: open.kind, text: '', line: open.line, isCut: true };
}

const kindIn = (line: RegExp, text: string): string | undefined => line.exec(text)?.[1]?.toUpperCase();

async function* linesOf(source: Source): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  let rest = '';
  let line = 0;
  for await (const part of textOf(source)) {
    const lines = (rest + part).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > longestComponent) throw new ImportFault(`line ${line + 1}: a line is longer than 4 MiB.`);
    for (const text of lines) {
      line += 1;
      yield { line, text };
    }
  }
  yield { line: line + 1, text: rest };
}

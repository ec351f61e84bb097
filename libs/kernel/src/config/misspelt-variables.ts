import { variables } from './variables.ts';

export interface MisspeltVariable {
  readonly variable: string;
  /** For the log: says which variable was perhaps meant. */
  readonly warning: string;
}

const prefix = 'DATAKEEP_';
/** OpenTelemetry's SDK reads more of these than Datakeep does. */
const others = 'OTEL_';
const names: readonly string[] = Object.values(variables)
  .filter((variable) => !('family' in variable))
  .map(({ name }) => name);

/**
 * What is set and read by no part of Datakeep although its name suggests it: the names that begin with `DATAKEEP_`, and
 * those that differ from a variable's by the case or by a few characters. Other programs' variables are not among them.
 */
export function misspeltVariables(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly MisspeltVariable[] {
  return Object.keys(environment).flatMap((variable) => {
    if (names.includes(variable)) return [];
    const upper = variable.toUpperCase();
    if (upper.startsWith(others)) return [];
    const isOurs = upper.startsWith(prefix);
    const meant = nearest(isOurs ? upper.slice(prefix.length) : upper);
    if (meant === undefined && !isOurs) return [];
    const question = meant === undefined ? 'docs/configuration.md names all of them.' : `Did you mean ${meant}?`;
    return [{ variable, warning: `${variable} is no variable of Datakeep and changes nothing. ${question}` }];
  });
}

/** The known name that begins with the same letter and is nearest, at most a quarter of its length away. */
function nearest(text: string): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const limit = Math.round(name.length / 4);
    if (name[0] !== text[0] || Math.abs(name.length - text.length) > limit) continue;
    const distance = editDistance(name, text);
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row += 1) {
    const [before, last] = [rows.at(-2), rows.at(-1)!];
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 2] === b[column - 1] && a[row - 1] === b[column - 2];
      next.push(
        Math.min(
          last[column]! + 1,
          next[column - 1]! + 1,
          last[column - 1]! + (same ? 0 : 1),
          before && swapped && column > 1 ? before[column - 2]! + 1 : Infinity,
        ),
      );
    }
    rows.push(next);
  }
  return rows.at(-1)!.at(-1)!;
}

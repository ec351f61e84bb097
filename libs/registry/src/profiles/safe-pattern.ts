import { RE2JS } from 're2js';

/** Longest that a compiled pattern may be, in RE2 instructions. */
export const maxPatternSize = 2000;
/** Characters × instructions that one match may take: what bounds RE2's worst case, which is linear in both. */
export const matchBudget = 20_000_000;

/** A string is too long to be matched against a pattern within the budget. */
export class MatchBudgetExceeded extends Error {
  override readonly name = 'MatchBudgetExceeded';
}

/** Why the pattern is refused, or undefined. RE2 has no look-around and no back-references. */
export function refusalOfPattern(pattern: string): string | undefined {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern)).programSize() > maxPatternSize
      ? `The pattern compiles to more than ${maxPatternSize} RE2 instructions.`
      : undefined;
  } catch (error) {
    return `The pattern is not in RE2 syntax: ${error instanceof Error ? error.message.slice(0, 160) : 'unreadable'}.`;
  }
}

/** Ajv's `code.regExp`: every pattern of a schema is matched by RE2, in linear time, and never by the engine's own RegExp. */
export const safePattern = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    const longest = Math.floor(matchBudget / Math.max(1, compiled.programSize()));
    return {
      test: (text: string): boolean => {
        if (text.length > longest) throw new MatchBudgetExceeded();
        return compiled.test(text);
      },
    };
  },
  { code: 'safePattern' },
);

import { RE2JS } from 're2js';

import { spend, ValidationBudgetExceeded } from './validation-budget.ts';

/** Longest that a compiled pattern may be, in RE2 instructions. */
export const maxPatternSize = 2000;
/**
 * Characters × instructions that one match may take: RE2's worst case is linear in both, at about 50 ns a step where
 * its automaton grows too large to keep.
 */
export const matchBudget = 2_000_000;

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

/**
 * Ajv's `code.regExp`: every pattern of a schema is matched by RE2, in linear time, and never by the engine's own
 * RegExp.
 */
export const safePattern = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    const steps = Math.max(1, compiled.programSize());
    const longest = Math.floor(matchBudget / steps);
    return {
      test: (text: string): boolean => {
        if (text.length > longest) throw new ValidationBudgetExceeded();
        spend(text.length * steps);
        return compiled.test(text);
      },
      // Ajv distinguishes the patterns of one schema by this.
      toString: () => pattern,
    };
  },
  { code: 'safePattern' },
);

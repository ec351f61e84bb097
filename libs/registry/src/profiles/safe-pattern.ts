import { RE2JS } from 're2js';

import { payloadWork } from './schema-cost.ts';

/** Longest that a compiled pattern may be, in RE2 instructions. */
export const maxPatternSize = 2000;
/** Characters × instructions that one match may take: RE2's worst case is linear in both, at about 50 ns a step where its automaton grows too large to keep. */
export const matchBudget = 2_000_000;
/** CPU time that matching may have taken when the next match of the same payload begins, in ms. */
const payloadBudgetMs = 50;

/** What is left of the work that a payload may take, ns; what Ajv's code asks counts it down. */
export const work = { left: payloadWork, over };

function over(): never {
  throw new MatchBudgetExceeded();
}

let began: number | undefined;
let cpuAtBegin = 0;

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Starts the accounts of a new payload. Validation is synchronous, so one of each is enough for the thread. */
export function beginPayload(): void {
  began = undefined;
  work.left = payloadWork;
}

/** Wall time is cheap to read and tells nearly always; CPU time is asked only when it is up, so that a busy machine does not refuse a payload. */
function checkPayloadBudget(): void {
  const now = performance.now();
  if (began === undefined) {
    began = now;
    cpuAtBegin = threadCpuMs();
  } else if (now - began > payloadBudgetMs && threadCpuMs() - cpuAtBegin > payloadBudgetMs)
    throw new MatchBudgetExceeded();
}

/** A payload's strings are too long, or too many, to be matched against the patterns within the budget. */
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
        checkPayloadBudget();
        return compiled.test(text);
      },
      // Ajv tells the patterns of one schema apart by this.
      toString: () => pattern,
    };
  },
  { code: 'safePattern' },
);

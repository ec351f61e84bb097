import { requestProblems } from './request-problems.ts';
import { serviceProblems } from './service-problems.ts';

export type { ProblemEntry } from './problem-entry.ts';

/**
 * The error catalogue: every code that Datakeep says to a caller, once.
 *
 * A code is stable: clients branch on it, so it is never renamed or reused. `docs/errors.md` is generated from these
 * tables, place-codes.ts and run-errors.ts, and a test holds them equal. The HTTP status belongs to the code and is
 * applied at the edge only.
 */
export const problems = { ...requestProblems, ...serviceProblems } as const;

export type ProblemCode = keyof typeof problems;

import type { DatabaseSync } from 'node:sqlite';

/** Asked for each row that a statement looks at. */
export const budgetFunction = 'within_budget';
/** Asked within a row, where that may take long: it counts no row. */
const stepFunction = 'within_row';

/**
 * Registers both functions on a connection. Their callback throws when the statement's time is over; without it the
 * time is unbounded.
 */
export function defineBudget(database: DatabaseSync, forRow: () => void = () => {}, withinRow = forRow): void {
  const asTerm = (check: () => void) => (): number => {
    check();
    return 1;
  };
  database.function(budgetFunction, asTerm(forRow));
  database.function(stepFunction, asTerm(withinRow));
}

/**
 * Payloads from this size on, in bytes: reading one value of 4 MiB takes up to 0.1 s, and a query has 50 comparisons.
 */
const largePayload = 65_536;

/** A term that is true, for each comparison of a payload field. */
export const beforeComparison = `(octet_length(payload) < ${largePayload} OR ${stepFunction}())`;

/**
 * A term that is always true; it calls the budget function for each 64th row of the `json_each` with this name. An
 * array of 4 MiB has 2 million elements.
 */
export const perElement = (rows: string): string => `(${rows}.key & 63 IS NOT 63 OR ${stepFunction}())`;

/** A term that is true, for a level of a loop in which every row is dear. */
export const perRow = `${stepFunction}()`;

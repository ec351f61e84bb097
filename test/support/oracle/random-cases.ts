/**
 * How many random queries a property test compares; random aggregations are two fifths of them. RANDOM_CASES=10000 in
 * the environment, or another multiple of 200, for a longer look: a query takes 1 ms on SQLite and 10 on the stand-in
 * for MongoDB.
 */
export function randomCases(usual: number): number {
  return Number(process.env['RANDOM_CASES'] || usual);
}

/** How far the keep's clock is ahead of the browser's, ms. */
let ahead = 0;

/** The keep's time, ms: a right for a day ends a day later by the clock that ends it, whatever the browser's says. */
export const keepNow = (): number => Date.now() + ahead;

/** Reads the time of an answer of the keep (RFC 9110, 6.6.1), whose way takes some of a difference below a minute. */
export function learnTime({ headers }: Response): void {
  const difference = Date.parse(headers.get('date') ?? '') - Date.now();
  ahead = Math.abs(difference) >= 60_000 ? difference : 0;
}

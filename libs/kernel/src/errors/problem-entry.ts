export interface ProblemEntry {
  /** HTTP status at the edge. */
  readonly status: number;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
  /** What it means and what the caller can do. Printed in docs/errors.md. */
  readonly remedy: string;
}

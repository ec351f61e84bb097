/** Why an aggregation has no answer; the engine's own thread makes the DatakeepError (refusal-error.ts). */
export type Refusal =
  | { readonly kind: 'too-many'; readonly what: 'groups' | 'values' | 'text' }
  /** The measure's result is beyond the doubles. */
  | { readonly kind: 'beyond'; readonly measure: string };

export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

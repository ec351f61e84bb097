/** Limits of the query language (api.md). Beyond any of them a query is 422. */
export const queryLimits = {
  /** The filter itself is 1, each object under `and`, `or` or `not` one more. */
  depth: 5,
  /** Comparisons and combiners together. */
  nodes: 50,
  /** Values in one `in` or `nin`. */
  values: 200,
  /** UTF-8 bytes of a string value, a field or a profile's name. */
  stringBytes: 1024,
  sortKeys: 4,
  /** Members that `fields` may choose. */
  fields: 100,
  /** Member names in one path; a payload is never nested deeper. */
  pathSegments: 64,
  defaultLimit: 50,
  maxLimit: 1000,
} as const;

/** Limits of an aggregation's form; what its groups may hold is `groupLimits` of the contract. */
export const aggregationLimits = {
  keys: 4,
  measures: 20,
  /** UTF-8 bytes of a measure's name. */
  nameBytes: 64,
  sortKeys: 4,
} as const;

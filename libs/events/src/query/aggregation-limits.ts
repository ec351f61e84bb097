/** Limits of an aggregation's form; what its groups may hold is `groupLimits` of the contract. */
export const aggregationLimits = {
  keys: 4,
  measures: 20,
  /** UTF-8 bytes of a measure's name. */
  nameBytes: 64,
  sortKeys: 4,
} as const;

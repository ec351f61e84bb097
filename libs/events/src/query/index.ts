export { parseQuery, resolveQuery, type ParsedQuery } from './query-parser.ts';
export { queryLimits } from './query-limits.ts';
export { parseAggregation, resolveAggregation, type ParsedAggregation } from './aggregation-parser.ts';
export { aggregationLimits } from './aggregation-limits.ts';
export { querySchemas } from './query-schemas.ts';

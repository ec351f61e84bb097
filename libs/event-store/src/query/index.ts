export { parseQuery, resolveQuery, type ParsedQuery } from './query-parser.ts';
export { queryLimits } from './query-limits.ts';

export { Advisor, type AdvisorParts } from './advisor.ts';
export type { QueryFigures } from './buckets.ts';
export * from './index-engine.ts';

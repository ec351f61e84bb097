export { changeJson } from './changes/change-feed-service.ts';
export { EventsModule } from './events.module.ts';
export { parseAggregation } from './query/aggregation-parser.ts';
export { parseQuery } from './query/query-parser.ts';
export { querySchemas } from './query/query-schemas.ts';
export { maxEvents, maxIdentifierLength } from './service/event-input.ts';
export { RowQuota } from './service/row-quota.ts';

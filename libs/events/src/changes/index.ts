export { changeJson, DefaultChangeFeedService, type ChangeFeedServiceOptions } from './change-feed-service.ts';

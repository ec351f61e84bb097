export { DefaultBulkService, type BulkServiceOptions, type ProfileRepository } from './bulk-service.ts';

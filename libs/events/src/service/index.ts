export { DefaultEventService, type EventServiceOptions } from './event-service.ts';
export { EncryptedCursorSealer } from './cursor-sealer.ts';
export { RowQuota } from './row-quota.ts';
export { maxEvents, maxIdentifierLength } from './event-input.ts';

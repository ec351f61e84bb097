export { Datakeep, type AssociateOptions, type ConnectOptions, type DatakeepOptions } from './datakeep.ts';
export { KeepError, KeepUnreachable, type ClientError } from './http/problem.ts';
export { browserTokens, memoryTokens, type TokenStore } from './http/token-store.ts';
export { List, type ListOptions, type Page } from './lists/list.ts';
export type { JsonObject, PayloadOf } from './payload-of.ts';
export type { Profile, ProfileRef } from './resources/profiles.ts';
export type { GrantedRights, Right, WantedRights } from './resources/permissions.ts';
export type { Aggregation, EventQuery, KeepEvent, OfVersion } from './resources/events.ts';
export { IngestStopped, type IngestOptions, type IngestSummary } from './resources/ingest.ts';
export type { NewEvent } from './resources/new-event.ts';
export type { Change, ChangesOptions, Checkpoint } from './resources/changes.ts';
export type { PermittedView, RunFilter, RunOptions } from './resources/views.ts';
export { memoryOutbox } from './outbox/memory-outbox.ts';
export { Outbox, OutboxFull, type OutboxOptions, type Refusal, type RefusedOutboxEvent } from './outbox/outbox.ts';
export type { AddedEvent, OutboxStore, RefusedEvent, WaitingEvent } from './outbox/outbox-store.ts';
export type { ProblemCode } from './generated/problem-codes.gen.ts';
export type {
  Filter,
  Groups,
  Ingest,
  Me,
  Permission,
  Problem,
  ProblemPlace,
  Run,
  SortKey,
  ViewInstance,
  ViewTemplate,
} from './generated/types.gen.ts';

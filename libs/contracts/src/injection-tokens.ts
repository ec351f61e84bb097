/**
 * Nest injection tokens of the ports. Which module provides one is the only difference between the shapes of a keep.
 */
export const DATA_STORAGE = Symbol('DataStorage');
export const EVENT_SERVICE = Symbol('EventService');
export const BULK_SERVICE = Symbol('BulkService');
export const CHANGE_FEED_SERVICE = Symbol('ChangeFeedService');
export const CURSORS = Symbol('CursorSealer');
/** `() => readonly Buffer[]`: the current key of the cursors, then former ones; another list after a rotation. */
export const CURSOR_KEYS = Symbol('CursorKeys');
/** The same of the challenges of passkeys. */
export const CHALLENGE_KEYS = Symbol('ChallengeKeys');
export const CONSENT = Symbol('Consent');
export const INSTANCE_PERMISSIONS = Symbol('InstancePermissions');
export const PROFILES = Symbol('ProfileCatalogue');
export const AUDIT = Symbol('Audit');
export const BACKUPS = Symbol('Backups');
export const BACKUP_SCHEDULE = Symbol('BackupSchedule');
export const SETUP_RESTORE = Symbol('SetupRestore');
export const TOKEN_SIGNER = Symbol('TokenSigner');
export const APP_LIMIT_DIRECTORY = Symbol('AppLimitDirectory');
/** Finds the caller of an app's or admin's token. */
export const CALLER_DIRECTORY = Symbol('CallerDirectory');
/** Finds the run of a run token. */
export const RUN_DIRECTORY = Symbol('RunDirectory');
export const VIEW_MANAGER = Symbol('ViewManager');
export const RUN_COORDINATOR = Symbol('RunCoordinator');
export const RUN_QUEUE = Symbol('RunQueue');
/** `ReadonlyMap<string, ExecutionService>`, by the runtime's name. */
export const RUNTIMES = Symbol('Runtimes');

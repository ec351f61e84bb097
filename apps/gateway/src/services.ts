/** Injection tokens of the ports that the gateway calls; the process that composes it binds them. */
export const EVENT_SERVICE = Symbol('EventService');
export const BULK_SERVICE = Symbol('BulkService');
export const CHANGE_FEED_SERVICE = Symbol('ChangeFeedService');
export const APP_LIMITS = Symbol('AppLimits');
export const RATE_LIMITS = Symbol('RateLimits');
export const CLOCK = Symbol('Clock');
export const LOGGER = Symbol('Logger');
export const VIEW_MANAGER = Symbol('ViewManager');
export const DATA_STORAGE = Symbol('DataStorage');
export const CURSORS = Symbol('CursorSealer');
export const DOCUMENTS = Symbol('DocumentStore');
export const INSTANCE_PERMISSIONS = Symbol('InstancePermissions');
export const VERSION = Symbol('Version');

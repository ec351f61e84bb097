/** Injection tokens of the ports that the gateway calls; the process that composes it binds them. */
export const EVENT_DOOR = Symbol('EventDoor');
export const BULK_DOOR = Symbol('BulkDoor');
export const CHANGE_DOOR = Symbol('ChangeDoor');
export const APP_LIMITS = Symbol('AppLimits');
export const RATE_LIMITS = Symbol('RateLimits');
export const CLOCK = Symbol('Clock');
export const LOGGER = Symbol('Logger');
export const VIEW_MANAGER = Symbol('ViewManager');
export const DATA_STORAGE = Symbol('DataStorage');
export const CURSORS = Symbol('CursorSealer');
export const DOCUMENTS = Symbol('DocumentStore');
export const PERMISSION_DESK = Symbol('PermissionDesk');
export const VERSION = Symbol('Version');

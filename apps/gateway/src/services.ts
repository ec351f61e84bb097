/** Injection tokens of what is the gateway's own. */
export const APP_LIMITS = Symbol('AppLimits');
export const RATE_LIMITS = Symbol('RateLimits');
export const VERSION = Symbol('Version');

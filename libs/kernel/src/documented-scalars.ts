// Types of members whose form the API's documents state (ADR 73). They say nothing to the compiler.

/**
 * @pattern ^[0-9a-f]{24}$
 * @example "6752f0c2a1b2c3d4e5f60718"
 */
export type Id = string;

/**
 * @format date-time
 * @example "2026-03-01T08:00:00.000Z"
 */
export type Timestamp = string;

/**
 * @asType integer
 * @minimum 0
 */
export type Count = number;

/** @minimum 0 */
export type Amount = number;

/**
 * @asType integer
 * @minimum 1
 */
export type Version = number;

/**
 * Encrypted cursors for lists of any kind, and positions in the change feed. Guarantees: `open` returns what was sealed
 * for the same `scope` (caller and request, but for `limit`) within its lifetime; anything else is 422 with place code
 * `cursor`. A cursor reveals only the length of its content in steps of 48 bytes, and the same content sealed twice is
 * two cursors.
 */
export interface CursorSealer {
  /** `lifetimeMs` absent: 24 h; `Infinity`: until the keys are rotated twice. */
  seal(scope: string, position: unknown, lifetimeMs?: number): string;
  open(scope: string, cursor: string, pointer: string): unknown;
}

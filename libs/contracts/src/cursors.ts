/**
 * Signed, opaque cursors for lists of any kind. Law: `open` gives back what was sealed for the same `scope` (caller and request, but for `limit`) within 24 h;
 * anything else is 422 with place code `cursor`. The content is not secret, only unforgeable (HMAC).
 */
export interface CursorSealer {
  seal(scope: string, position: unknown): string;
  open(scope: string, cursor: string, pointer: string): unknown;
}

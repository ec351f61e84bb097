import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { DatakeepError, type Clock } from '@datakeep/kernel';
import type { CursorSealer } from '@datakeep/contracts';

const version = 1;
const lifetimeMs = 24 * 60 * 60 * 1000;
/** HMAC-SHA-256 in base64url. */
const signatureLength = 43;

type Content = readonly [version: number, expiresAt: number, scope: string, position: unknown];

/**
 * Seals cursors as `<content>.<HMAC-SHA-256>`, both base64url; the content is `[version, expiry in ms, SHA-256 of the scope, position]` as JSON, readable by anyone and unforgeable.
 * `key`: at least 32 bytes; the processes that answer one keep share it.
 */
export class HmacCursorSealer implements CursorSealer {
  readonly #key: Buffer;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(key: Buffer, clock: Pick<Clock, 'now'>) {
    if (key.length < 32) throw new RangeError('The key of the cursors has fewer than 32 bytes.');
    this.#key = key;
    this.#clock = clock;
  }

  seal(scope: string, position: unknown): string {
    const content: Content = [version, this.#clock.now() + lifetimeMs, scopeDigest(scope), position];
    const text = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${text}.${this.#sign(text)}`;
  }

  open(scope: string, cursor: string, pointer: string): unknown {
    const dot = cursor.length - signatureLength - 1;
    if (dot < 1 || cursor[dot] !== '.') throw refused(pointer);
    const text = cursor.slice(0, dot);
    const given = Buffer.from(cursor.slice(dot + 1));
    const expected = Buffer.from(this.#sign(text));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused(pointer);
    const [sealedVersion, expiresAt, sealedScope, position] = JSON.parse(
      Buffer.from(text, 'base64url').toString(),
    ) as Content;
    if (sealedVersion !== version || expiresAt <= this.#clock.now() || sealedScope !== scopeDigest(scope))
      throw refused(pointer);
    return position;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update('datakeep:cursor:').update(text).digest('base64url');
  }
}

function scopeDigest(scope: string): string {
  return hash('sha256', scope, 'base64url');
}

function refused(pointer: string): DatakeepError {
  return DatakeepError.invalid([
    { pointer, code: 'cursor', detail: 'the cursor is not of this keep, has expired, or belongs to another request' },
  ]);
}

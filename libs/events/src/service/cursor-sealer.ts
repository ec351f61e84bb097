import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { DatakeepError, type Clock } from '@datakeep/kernel';
import type { CursorSealer } from '@datakeep/contracts';

const version = 2;
const dayMs = 24 * 60 * 60 * 1000;
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const counterBytes = 4;
const tagBytes = 16;
/** Content is padded to a multiple: any place in the change feed fits into one. */
const blockBytes = 48;

/** Without an expiry: good as long as its key. */
type Content = readonly [version: number, expiresAt: number | null, position: unknown];

/**
 * Seals cursors with AES-256-GCM as base64url of `nonce + content + tag`; the content is `[version, expiry in ms,
 * position]` as JSON, padded with blanks.
 * Each scope has a separate key, derived from `keys()[0]`, so that a cursor of another scope does not open. `keys`: at
 * least 32 bytes each, the current one first, then former ones that still open; all gateways of one keep share them.
 */
export class EncryptedCursorSealer implements CursorSealer {
  readonly #keys: () => readonly Buffer[];
  /** The key of the scope that was last sealed for: the items of a page have one scope. */
  #last: { readonly scope: string; readonly of: Buffer; readonly key: Buffer } | undefined;
  readonly #nonces = new Nonces();

  constructor(
    keys: () => readonly Buffer[],
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    const first = keys();
    if (first.length === 0 || first.some((key) => key.length < 32))
      throw new RangeError('A key of the cursors has fewer than 32 bytes.');
    this.#keys = keys;
  }

  seal(scope: string, position: unknown, lifetimeMs = dayMs): string {
    const expiresAt = lifetimeMs === Infinity ? null : this.clock.now() + lifetimeMs;
    const content = JSON.stringify([version, expiresAt, position] satisfies Content);
    const bytes = Buffer.byteLength(content);
    const nonce = this.#nonces.next();
    const cipher = createCipheriv(algorithm, this.#sealingKey(scope), nonce);
    const padded = content + ' '.repeat((blockBytes - (bytes % blockBytes)) % blockBytes);
    const sealed = [nonce, cipher.update(padded, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64url');
  }

  open(scope: string, cursor: string, pointer: string): unknown {
    const bytes = Buffer.from(cursor, 'base64url');
    // Node reads base64 leniently; a cursor has one spelling.
    if (bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== cursor) throw refused(pointer);
    for (const key of this.#keys()) {
      const content = decrypted(scopeKey(key, scope), bytes);
      if (content === undefined) continue;
      const [sealedVersion, expiresAt, position] = JSON.parse(content) as Content;
      if (sealedVersion !== version || (expiresAt !== null && expiresAt <= this.clock.now())) break;
      return position;
    }
    throw refused(pointer);
  }

  #sealingKey(scope: string): Buffer {
    const of = this.#keys()[0]!;
    if (this.#last?.scope !== scope || this.#last.of !== of) this.#last = { scope, of, key: scopeKey(of, scope) };
    return this.#last.key;
  }
}

/**
 * Nonces of 8 random bytes and a counter of 4, which are random anew when the counter has run through (NIST SP 800-38D,
 * 8.2.1). Drawing each nonce at random takes a third of the time of a sealing (10 instead of 7 µs).
 */
class Nonces {
  #random = randomBytes(nonceBytes - counterBytes);
  #count = 0;

  next(): Buffer {
    const nonce = Buffer.allocUnsafe(nonceBytes);
    this.#random.copy(nonce);
    nonce.writeUInt32BE(this.#count, this.#random.length);
    this.#count = (this.#count + 1) % 2 ** 32;
    if (this.#count === 0) this.#random = randomBytes(nonceBytes - counterBytes);
    return nonce;
  }
}

function scopeKey(key: Buffer, scope: string): Buffer {
  return createHmac('sha256', key).update('datakeep:cursor:').update(scope).digest();
}

function decrypted(key: Buffer, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString();
  } catch {
    // `final` throws where the tag does not fit: another key, another scope, or a changed byte.
    return undefined;
  }
}

function refused(pointer: string): DatakeepError {
  return DatakeepError.invalidAt(
    pointer,
    'cursor',
    'the cursor is not of this keep, has expired, or belongs to another request',
  );
}

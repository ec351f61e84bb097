import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type SecretKind = 'association' | 'setup';

/**
 * A long-lived secret as it is handed out (`text`, shown once) and as it is kept (`secretId` to find it by, `hash` to
 * check it by).
 */
export interface NewSecret {
  readonly text: string;
  readonly secretId: string;
  readonly hash: string;
}

const secretPattern = /^dk_([a-z]+)_([A-Za-z0-9]{8})_([A-Za-z0-9_-]{43})_([0-9a-f]{8})$/;
const idAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0');

/** SHA-256, base64url. 256 random bits need no pepper and no slow hash. */
export function hashSecret(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/**
 * `dk_<kind>_<8-character id>_<32 random bytes, base64url>_<crc>`: the crc lets people and scanners spot one that
 * leaked or was mistyped.
 */
export function makeSecret(kind: SecretKind): NewSecret {
  const secretId = Array.from(randomBytes(8), (byte) => idAlphabet[byte % idAlphabet.length]).join('');
  const body = `dk_${kind}_${secretId}_${randomBytes(32).toString('base64url')}`;
  const text = `${body}_${checksum(body)}`;
  return { text, secretId, hash: hashSecret(text) };
}

/** The id to look the secret up by, or undefined when the text is no secret of that kind. */
export function readSecretId(kind: SecretKind, text: string): string | undefined {
  if (text.length > 128) return undefined;
  const match = secretPattern.exec(text);
  if (!match || match[1] !== kind || checksum(text.slice(0, text.lastIndexOf('_'))) !== match[4]) return undefined;
  return match[2];
}

/** Compares in constant time; without a stored hash it takes as long and answers false. */
export function secretMatches(text: string, storedHash: string | undefined): boolean {
  const hashed = Buffer.from(hashSecret(text));
  const stored = Buffer.from(storedHash ?? hashSecret(''));
  return timingSafeEqual(hashed, stored) && storedHash !== undefined;
}

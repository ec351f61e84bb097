import { randomBytes } from 'node:crypto';
import { hashSecret } from '../secrets/opaque-secret.ts';

const count = 10;
/** Crockford's base32: no I, L, O and U, which are misread. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 16;

/** A code as it is shown once (`texts`) and as it is stored (`hashes`, SHA-256: 80 random bits need no slow hash). */
export interface NewRecoveryCodes {
  readonly texts: readonly string[];
  readonly hashes: readonly string[];
}

/** Ten codes of 80 random bits: `XXXX-XXXX-XXXX-XXXX`. */
export function makeRecoveryCodes(): NewRecoveryCodes {
  const codes = Array.from({ length: count }, () =>
    Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join(''),
  );
  return { texts: codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-')), hashes: codes.map(hashSecret) };
}

/**
 * The hash under which a typed code is stored. Case, blanks and dashes do not count, and 0 and 1 may be typed O and I.
 */
export function recoveryCodeHash(typed: string): string {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return hashSecret(code);
}

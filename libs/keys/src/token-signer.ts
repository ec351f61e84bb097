import jwt from 'jsonwebtoken';
import type { TokenKind, TokenSigner } from '@datakeep/contracts';
import type { SigningKeys } from './signing-keys.ts';
import { issuer, tokenKinds } from './token-kinds.ts';

/** Signs with the current key: HS256, `kid`, `typ` of the kind, and the claims iss, aud, sub, jti, iat, exp only. */
export class JwtTokenSigner implements TokenSigner {
  constructor(private readonly keys: SigningKeys) {}

  /** Throws a `RangeError` when a token without an end is asked for an admin or a run. */
  sign(kind: TokenKind, subject: string, tokenId: string, issuedAt: number, expiresAt: number | null): string {
    if (expiresAt === null && kind !== 'app') throw new RangeError('Only an app may have a token without an end.');
    const { typ, audience } = tokenKinds[kind];
    const { kid, secret } = this.keys.current;
    // Seconds, rounded down: the token never outlives its record.
    const times = {
      iat: Math.floor(issuedAt / 1000),
      ...(expiresAt === null ? {} : { exp: Math.floor(expiresAt / 1000) }),
    };
    return jwt.sign({ iss: issuer, aud: audience, sub: subject, jti: tokenId, ...times }, secret, {
      algorithm: 'HS256',
      header: { alg: 'HS256', typ, kid },
    });
  }
}

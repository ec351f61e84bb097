import type { TokenKind } from '@datakeep/contracts';

/** `iss` of every token. */
export const issuer = 'datakeep';

/** What distinguishes the kinds: the header's `typ` (RFC 8725, 3.11) and the `aud` claim. */
export const tokenKinds = {
  app: { typ: 'app+jwt', audience: 'datakeep:app' },
  admin: { typ: 'admin+jwt', audience: 'datakeep:admin' },
  run: { typ: 'run+jwt', audience: 'datakeep:run' },
} as const satisfies Record<TokenKind, { typ: string; audience: string }>;

/** The claims of a token whose signature, kind and times were found good. Times in seconds since the epoch. */
export interface TokenClaims {
  readonly sub: string;
  readonly jti: string;
  /** `undefined` for a token without an end: only for an app whose record says the same. */
  readonly exp: number | undefined;
}

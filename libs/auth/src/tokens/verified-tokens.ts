import { lruMap, type Clock } from '@datakeep/kernel';
import type { TokenKind } from '@datakeep/contracts';
import type { SigningKey, SigningKeys, TokenClaims } from '@datakeep/keys';

interface Entry {
  readonly kind: TokenKind;
  readonly claims: TokenClaims;
  readonly key: SigningKey;
  readonly verifiedAt: number;
}

const maxEntries = 2000;
const maxAgeMs = 60_000;

/**
 * Tokens whose signature was found good in the last minute, so that a busy app's is not computed at each request. Holds
 * no permission and no record: those are looked up at each call. Contract: never past `exp`, never after its key is
 * gone; of one kind alone.
 */
export class VerifiedTokens {
  readonly #entries = lruMap<Entry>(maxEntries);

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  get(token: string): Pick<Entry, 'kind' | 'claims'> | undefined {
    const entry = this.#entries.get(token);
    if (!entry) return undefined;
    const { claims, key, verifiedAt } = entry;
    const fresh =
      this.clock.monotonic() - verifiedAt < maxAgeMs &&
      this.keys.find(key.kid) === key &&
      !isPast(claims.exp, this.clock.now());
    if (fresh) return entry;
    this.#entries.delete(token);
    return undefined;
  }

  add(kind: TokenKind, token: string, claims: TokenClaims, key: SigningKey): void {
    this.#entries.set(token, { kind, claims, key, verifiedAt: this.clock.monotonic() });
  }
}

/** Whether `exp` (seconds) has come at `now` (ms). A token without one never ends. */
export function isPast(exp: number | undefined, now: number): boolean {
  return exp !== undefined && now >= exp * 1000;
}

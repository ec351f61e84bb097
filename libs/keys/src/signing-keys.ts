import { createHash, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import type { Clock } from '@datakeep/kernel';
import { KeyFile, type StoredKey, type StoredKeys } from './key-file.ts';

/** A key that signs or verifies tokens, and its id, the `kid` of their header. */
export interface SigningKey {
  readonly kid: string;
  readonly secret: KeyObject;
}

/** A key as its admin reads it; `createdAt` is ms since the epoch. */
export type KeyFacts = Pick<StoredKey, 'kid' | 'createdAt'>;

/** The key that signs, and the one that still verifies. `configuration`: SIGNING_KEY gives the key. */
export interface KeysState {
  readonly source: 'file' | 'configuration';
  readonly current: KeyFacts;
  readonly previous: KeyFacts | null;
}

export interface SigningKeysOptions {
  /** The key lies under `<dataDir>/keys`; made there at the first start. */
  readonly dataDir: string;
  /** SIGNING_KEY, base64url of at least 32 random bytes: used instead of the file, and never written. */
  readonly signingKey?: string | undefined;
  readonly clock: Clock;
}

/**
 * The keys of the tokens (HMAC-SHA-256). Contract: the current one signs; the current and the previous one verify,
 * matched by `kid` in a map and nowhere else. A rotation counts at once in this process; another process on the same
 * folder learns of it at its next start.
 */
export class SigningKeys {
  readonly #file: KeyFile | undefined;
  readonly #clock: Clock;
  #stored: StoredKeys;
  #byKid = new Map<string, SigningKey>();
  readonly #derived = new Map<string, readonly Buffer[]>();

  private constructor(file: KeyFile | undefined, stored: StoredKeys, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    this.#stored = stored;
    this.#load(stored);
  }

  /** Reads or makes the keys. Throws when the key file is damaged or cannot be written. */
  static open({ dataDir, signingKey, clock }: SigningKeysOptions): SigningKeys {
    if (signingKey !== undefined) {
      // The id of a given key must be the same at every start; a hash of a key of 256 random bits says nothing of it.
      const kid = createHash('sha256').update('datakeep kid\0').update(signingKey).digest('base64url').slice(0, 12);
      return new SigningKeys(
        undefined,
        { format: 1, current: { kid, secret: signingKey, createdAt: clock.now() }, previous: null },
        clock,
      );
    }
    const file = new KeyFile(dataDir);
    file.sweep(clock.now());
    return new SigningKeys(
      file,
      file.read() ?? file.create({ format: 1, current: newKey(clock), previous: null }),
      clock,
    );
  }

  get state(): KeysState {
    const factsOf = ({ kid, createdAt }: StoredKey): KeyFacts => ({ kid, createdAt });
    const { current, previous } = this.#stored;
    return {
      source: this.#file ? 'file' : 'configuration',
      current: factsOf(current),
      previous: previous && factsOf(previous),
    };
  }

  get current(): SigningKey {
    return this.#byKid.get(this.#stored.current.kid)!;
  }

  /** The key with that id, if it may still verify. */
  find(kid: unknown): SigningKey | undefined {
    return typeof kid === 'string' ? this.#byKid.get(kid) : undefined;
  }

  /**
   * Makes a new current key; tokens of the one before stay good until the next rotation, so two rotations void every
   * older token. Throws when the key is given by SIGNING_KEY.
   */
  rotate(): void {
    if (!this.#file)
      throw new Error(
        'The signing key is given by SIGNING_KEY: change the variable to rotate it. Every token is then void.',
      );
    const stored: StoredKeys = { format: 1, current: newKey(this.#clock), previous: this.#stored.current };
    this.#file.replace(stored);
    this.#load(stored);
  }

  /** Voids every token and cursor: two rotations, of which none leaves a key that verified before. */
  voidAll(): void {
    this.rotate();
    this.rotate();
  }

  /**
   * Keys of 32 bytes for another use than tokens (HKDF-SHA-256, RFC 5869), the same for every process and start: what
   * the current signing key gives, and then what the previous one gave, which opens what was sealed before a rotation.
   * Only for what may die with two rotations, such as cursors. The same list until the next rotation.
   */
  derive(purpose: string): readonly Buffer[] {
    let keys = this.#derived.get(purpose);
    if (keys === undefined) {
      const deriveFrom = ({ secret }: SigningKey): Buffer =>
        Buffer.from(hkdfSync('sha256', secret, '', `datakeep:${purpose}`, 32));
      keys = [...this.#byKid.values()].map(deriveFrom);
      this.#derived.set(purpose, keys);
    }
    return keys;
  }

  #load(stored: StoredKeys): void {
    this.#stored = stored;
    this.#derived.clear();
    this.#byKid = new Map(
      [stored.current, ...(stored.previous ? [stored.previous] : [])].map((key) => [key.kid, toSigningKey(key)]),
    );
  }
}

function newKey(clock: Clock): StoredKey {
  return {
    kid: randomBytes(9).toString('base64url'),
    secret: randomBytes(32).toString('base64url'),
    createdAt: clock.now(),
  };
}

function toSigningKey({ kid, secret }: StoredKey): SigningKey {
  return { kid, secret: createSecretKey(Buffer.from(secret, 'base64url')) };
}

import type { CollectionDefinition } from '@datakeep/documents';

/**
 * The second factor of an admin. Times in ms since the epoch. The secret is stored as it is: checking a code needs it.
 */
export interface SecondFactorRecord {
  /** Base32 (RFC 4648). */
  readonly secret: string;
  readonly startedAt: number;
  /** Absent while no code of it was seen: sign-ins need none yet. */
  readonly confirmedAt?: number;
  /** The latest time step whose code was used (RFC 6238, section 5.2: each once). */
  readonly lastStep?: number;
  /** SHA-256 of each recovery code that was not used. */
  readonly recoveryHashes: readonly string[];
}

/** Times in ms since the epoch; bytes as base64url. */
export interface PasskeyRecord {
  readonly id: string;
  readonly name: string;
  readonly credentialId: string;
  /** COSE (RFC 9052). */
  readonly publicKey: string;
  /** Of signatures, as the authenticator gave it last; always 0 for one that does not count. */
  readonly counter: number;
  /** The domain that it was made for. */
  readonly rpId: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
  /** When the last challenge that it answered was issued. */
  readonly challengedAt: number;
}

/** Times in ms since the epoch. */
export interface AdminRecord {
  readonly id: string;
  readonly name: string;
  /** PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  readonly password: string;
  readonly createdAt: number;
  /**
   * Sessions of an earlier generation have ended: one step ends them all, also those being started at that moment.
   * Absent is 0.
   */
  readonly sessionGeneration?: number;
  /** 1 for the admin of the first start: unique, so that two set-ups at once make one admin. */
  readonly founder?: number;
  readonly secondFactor?: SecondFactorRecord;
  /** One more with each change of `secondFactor`, its end included. Absent is 0. */
  readonly factorRevision?: number;
  readonly passkeys?: readonly PasskeyRecord[];
  /** When the last challenge that a new passkey answered was issued. */
  readonly passkeyChallengedAt?: number;
  /** One more with each change of `passkeys`, and each use of one. Absent is 0. */
  readonly passkeyRevision?: number;
}

export const adminDefinition: CollectionDefinition<AdminRecord> = {
  name: 'admins',
  fields: {
    name: { type: 'string' },
    password: { type: 'string' },
    createdAt: { type: 'number' },
    sessionGeneration: { type: 'number', optional: true },
    founder: { type: 'number', optional: true },
    secondFactor: { type: 'json', optional: true },
    factorRevision: { type: 'number', optional: true },
    passkeys: { type: 'json', optional: true },
    passkeyChallengedAt: { type: 'number', optional: true },
    passkeyRevision: { type: 'number', optional: true },
  },
  indexes: [
    { name: 'adminName', fields: ['name'], unique: true, serves: 'Sign-in by name.' },
    { name: 'adminFounder', fields: ['founder'], unique: true, serves: 'One admin of the first start.' },
  ],
};

/** How a session was begun: the keys of a sign-in. */
export const signInMethods = ['password', 'password+code', 'passkey'] as const;
export type SignInMethod = (typeof signInMethods)[number];

export interface SessionRecord {
  readonly id: string;
  /** SHA-256 of the session's id, which is the admin token's `jti`. */
  readonly hash: string;
  readonly adminId: string;
  /** The admin's `sessionGeneration` at the start; absent where that was absent. */
  readonly generation?: number;
  /** The peer's address at sign-in. */
  readonly address?: string;
  /** Of the client; absent, like `method`, in records of an earlier release. */
  readonly name?: string;
  readonly method?: SignInMethod;
  readonly createdAt: number;
  readonly usedAt: number;
  /** When password or passkey were last given again; absent while they were not. */
  readonly confirmedAt?: number;
  readonly endsAt: number;
}

export const sessionDefinition: CollectionDefinition<SessionRecord> = {
  name: 'sessions',
  fields: {
    hash: { type: 'string' },
    adminId: { type: 'string' },
    generation: { type: 'number', optional: true },
    address: { type: 'string', optional: true },
    name: { type: 'string', optional: true },
    method: { type: 'string', optional: true },
    createdAt: { type: 'number' },
    usedAt: { type: 'number' },
    confirmedAt: { type: 'number', optional: true },
    endsAt: { type: 'number' },
  },
  indexes: [
    { name: 'sessionHash', fields: ['hash'], unique: true, serves: 'The session of an admin token.' },
    { name: 'sessionNewest', fields: ['adminId', 'createdAt'], serves: "An admin's sessions, newest first." },
    { name: 'sessionEnd', fields: ['endsAt'], serves: 'Tidying of sessions that have ended.' },
  ],
};

/**
 * In ms. A session that is in use is marked so at most once a minute, so idleness is exact to a minute. Dangerous acts
 * need one that was begun or confirmed within `confirmedMs`.
 */
export const sessionTimes = {
  idleMs: 30 * 60_000,
  absoluteMs: 8 * 3_600_000,
  renewalMs: 60_000,
  confirmedMs: 5 * 60_000,
} as const;

/** The one setup token of the first start, under a fixed id. */
export interface SetupRecord {
  readonly id: string;
  readonly secretId: string;
  readonly hash: string;
  readonly createdAt: number;
  readonly usedAt?: number;
}

export const setupDefinition: CollectionDefinition<SetupRecord> = {
  name: 'setup',
  fields: {
    secretId: { type: 'string' },
    hash: { type: 'string' },
    createdAt: { type: 'number' },
    usedAt: { type: 'number', optional: true },
  },
  indexes: [],
};

export const setupId = '000000000000000000000001';

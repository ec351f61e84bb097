import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';

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
const adminFields = {
  name: field.text,
  /** PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  password: field.text,
  createdAt: field.number,
  /**
   * Sessions of an earlier generation have ended: one step ends them all, also those being started at that moment.
   * Absent is 0.
   */
  sessionGeneration: optional(field.number),
  /** 1 for the admin of the first start: unique, so that two set-ups at once make one admin. */
  founder: optional(field.number),
  secondFactor: optional(field.json<SecondFactorRecord>()),
  /** One more with each change of `secondFactor`, its end included. Absent is 0. */
  factorRevision: optional(field.number),
  passkeys: optional(field.json<readonly PasskeyRecord[]>()),
  /** When the last challenge that a new passkey answered was issued. */
  passkeyChallengedAt: optional(field.number),
  /** One more with each change of `passkeys`, and each use of one. Absent is 0. */
  passkeyRevision: optional(field.number),
};
export type AdminRecord = RecordOf<typeof adminFields>;

export const adminDefinition: CollectionDefinition<AdminRecord> = {
  name: 'admins',
  fields: adminFields,
  indexes: [
    { name: 'adminName', fields: ['name'], unique: true, serves: 'Sign-in by name.' },
    { name: 'adminFounder', fields: ['founder'], unique: true, serves: 'One admin of the first start.' },
  ],
};

/** How a session was begun: the keys of a sign-in. */
export type SignInMethod = 'password' | 'password+code' | 'passkey';

const sessionFields = {
  /** SHA-256 of the session's id, which is the admin token's `jti`. */
  hash: field.text,
  adminId: field.text,
  /** The admin's `sessionGeneration` at the start; absent where that was absent. */
  generation: optional(field.number),
  /** The peer's address at sign-in. */
  address: optional(field.text),
  /** Of the client; absent, like `method`, in records of an earlier release. */
  name: optional(field.text),
  method: optional(field.textOf<SignInMethod>()),
  createdAt: field.number,
  usedAt: field.number,
  /** When password or passkey were last given again; absent while they were not. */
  confirmedAt: optional(field.number),
  endsAt: field.number,
};
export type SessionRecord = RecordOf<typeof sessionFields>;

export const sessionDefinition: CollectionDefinition<SessionRecord> = {
  name: 'sessions',
  fields: sessionFields,
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
const setupFields = {
  secretId: field.text,
  hash: field.text,
  createdAt: field.number,
  usedAt: optional(field.number),
};
export type SetupRecord = RecordOf<typeof setupFields>;

export const setupDefinition: CollectionDefinition<SetupRecord> = {
  name: 'setup',
  fields: setupFields,
  indexes: [],
};

export const setupId = '000000000000000000000001';

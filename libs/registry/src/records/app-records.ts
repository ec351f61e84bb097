import type { CollectionDefinition } from '@datakeep/documents';
import type { AppLimits } from '@datakeep/kernel';

/** An app holder, and what is bound to it. Times in ms since the epoch. */
export interface AppRecord {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly createdAt: number;
  /** The name that the app gave itself when it was associated. */
  readonly associatedName?: string;
  /** Present while an app is bound to the holder: taken away by a revocation. */
  readonly associatedAt?: number;
  /** Tokens of an earlier generation are dead: one step ends them all, also those being made at that moment. */
  readonly tokenGeneration: number;
  /** When the newest token was made. */
  readonly tokenMadeAt?: number;
  /** Counts what was added to the app within its limits: what an addition compares and steps. */
  readonly additions?: number;
  /** The admin's own numbers for this app, in place of the configuration's. */
  readonly limits?: Partial<AppLimits>;
  /** Web pages that may call as this app (RFC 6454 origins). */
  readonly origins?: readonly string[];
  /** Since then it is being deleted; a crash in between does not end that. */
  readonly deletingSince?: number;
  /** Whether its events go as well. */
  readonly deleteEvents?: boolean;
  /** The deleting admin. */
  readonly deletedBy?: string;
  /** Its events that are gone already. */
  readonly eventsRemoved?: number;
}

export const appDefinition: CollectionDefinition<AppRecord> = {
  name: 'apps',
  fields: {
    name: { type: 'string' },
    description: { type: 'string', optional: true },
    createdAt: { type: 'number' },
    associatedName: { type: 'string', optional: true },
    associatedAt: { type: 'number', optional: true },
    tokenGeneration: { type: 'number' },
    tokenMadeAt: { type: 'number', optional: true },
    additions: { type: 'number', optional: true },
    limits: { type: 'json', optional: true },
    origins: { type: 'json', optional: true },
    deletingSince: { type: 'number', optional: true },
    deleteEvents: { type: 'boolean', optional: true },
    deletedBy: { type: 'string', optional: true },
    eventsRemoved: { type: 'number', optional: true },
  },
  indexes: [
    { name: 'appNewest', fields: ['createdAt'], serves: 'The list, newest first.' },
    { name: 'appDeleting', fields: ['deletingSince'], sparse: true, serves: 'Deletions that have not ended.' },
  ],
};

/** One app token; its id is the token's `jti`. The token itself is never stored. */
export interface AppTokenRecord {
  readonly id: string;
  readonly appId: string;
  readonly generation: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Rounded down to the hour. */
  readonly lastUsedAt?: number;
}

export const appTokenDefinition: CollectionDefinition<AppTokenRecord> = {
  name: 'appTokens',
  fields: {
    appId: { type: 'string' },
    generation: { type: 'number' },
    createdAt: { type: 'number' },
    expiresAt: { type: 'number' },
    lastUsedAt: { type: 'number', optional: true },
  },
  indexes: [{ name: 'appTokenApp', fields: ['appId', 'createdAt'], serves: "An app's tokens." }],
};

export interface AssociationTokenRecord {
  readonly id: string;
  readonly secretId: string;
  readonly hash: string;
  readonly appId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The app's id while the token is neither used nor voided: unique, so that an app has at most one. */
  readonly openFor?: string;
}

export const associationTokenDefinition: CollectionDefinition<AssociationTokenRecord> = {
  name: 'associationTokens',
  fields: {
    secretId: { type: 'string' },
    hash: { type: 'string' },
    appId: { type: 'string' },
    createdAt: { type: 'number' },
    expiresAt: { type: 'number' },
    openFor: { type: 'string', optional: true },
  },
  indexes: [
    {
      name: 'associationTokenSecret',
      fields: ['secretId'],
      unique: true,
      serves: 'Finding a token by the id it carries.',
    },
    { name: 'associationTokenOpen', fields: ['openFor'], unique: true, serves: 'At most one open token per app.' },
  ],
};

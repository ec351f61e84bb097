import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';
import type { AppLimits } from '@datakeep/kernel';

/** An app holder, and what is bound to it. Times in ms since the epoch. */
const appFields = {
  name: field.text,
  description: optional(field.text),
  createdAt: field.number,
  /** The name that the app gave itself when it was associated. */
  associatedName: optional(field.text),
  /** Present while an app is bound to the holder: taken away by a revocation. */
  associatedAt: optional(field.number),
  /** Tokens of an earlier generation are dead: one step ends them all, also those being made at that moment. */
  tokenGeneration: field.number,
  /** When the newest token was made. */
  tokenMadeAt: optional(field.number),
  /** Counts what was added to the app within its limits: what an addition compares and steps. */
  additions: optional(field.number),
  /** The admin's own numbers for this app, in place of the configuration's. */
  limits: optional(field.json<Partial<AppLimits>>()),
  /** Web pages that may call as this app (RFC 6454 origins). */
  origins: optional(field.json<readonly string[]>()),
  /** Since then it is being deleted; a crash in between does not end that. */
  deletingSince: optional(field.number),
  /** Whether its events go as well. */
  deleteEvents: optional(field.flag),
  /** The deleting admin. */
  deletedBy: optional(field.text),
  /** Its events that are gone already. */
  eventsRemoved: optional(field.number),
};
export type AppRecord = RecordOf<typeof appFields>;

export const appDefinition: CollectionDefinition<AppRecord> = {
  name: 'apps',
  fields: appFields,
  indexes: [
    { name: 'appNewest', fields: ['createdAt'], serves: 'The list, newest first.' },
    { name: 'appDeleting', fields: ['deletingSince'], sparse: true, serves: 'Deletions that have not ended.' },
  ],
};

/** One app token; its id is the token's `jti`. The token itself is never stored. */
const appTokenFields = {
  appId: field.text,
  generation: field.number,
  createdAt: field.number,
  expiresAt: field.number,
  /** Rounded down to the hour. */
  lastUsedAt: optional(field.number),
};
export type AppTokenRecord = RecordOf<typeof appTokenFields>;

export const appTokenDefinition: CollectionDefinition<AppTokenRecord> = {
  name: 'appTokens',
  fields: appTokenFields,
  indexes: [{ name: 'appTokenApp', fields: ['appId', 'createdAt'], serves: "An app's tokens." }],
};

const associationTokenFields = {
  secretId: field.text,
  hash: field.text,
  appId: field.text,
  createdAt: field.number,
  expiresAt: field.number,
  /** The app's id while the token is neither used nor voided: unique, so that an app has at most one. */
  openFor: optional(field.text),
};
export type AssociationTokenRecord = RecordOf<typeof associationTokenFields>;

export const associationTokenDefinition: CollectionDefinition<AssociationTokenRecord> = {
  name: 'associationTokens',
  fields: associationTokenFields,
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

import { permissionStatuses } from '@datakeep/contracts';
import { defaultAppLimits } from '@datakeep/kernel';
import { signInMethods } from '@datakeep/registry';
import { passkeyObstacles } from '../http/relying-party.ts';
import type { Schemas } from './openapi-types.ts';
import { array, count, date, dateOrNull, flag, id, list, object, oneOf, ref, rightList, text } from './shapes.ts';

const limitNames = Object.keys(defaultAppLimits);
const usage = object({ used: count, limit: count });

const passkeyPlace = {
  available: { ...flag, description: 'Whether passkeys work at this address of the keep.' },
  origin: {
    ...text,
    description: 'Of the page on which they work. Absent where PUBLIC_URL must be set to an https address first.',
  },
  reason: {
    ...oneOf(...passkeyObstacles),
    description:
      'Why they do not: browsers know none under an IP address, none under plain http but on localhost, and the keep ' +
      'none on localhost at a port that is neither its own nor that of PUBLIC_URL.',
  },
};

/** Apps, profiles, permissions, sessions, and the record of decisions about them. */
export const registrySchemas: Schemas = {
  Association: object({ appId: id, name: text, token: text, expiresAt: dateOrNull }),
  Token: object({ token: text, expiresAt: dateOrNull }),
  Me: object({
    appId: id,
    name: text,
    tokenExpiresAt: dateOrNull,
    permissions: array(ref('Permission')),
    viewInstances: array(ref('ViewInstance')),
    limits: ref('AppUsed'),
  }),
  Backups: object({
    making: {
      ...object({
        startedAt: date,
        step: oneOf('begin', 'copy', 'pack', 'check'),
        done: { type: 'number', minimum: 0, maximum: 1, description: 'How much of the step is done.' },
      }),
      type: ['object', 'null'],
    },
    failed: {
      ...object({ at: date, reason: text }, undefined, 'Why the last one was not made.'),
      type: ['object', 'null'],
    },
    items: array(object({ name: text, bytes: count, madeAt: date })),
  }),
  Keys: object({
    source: { ...oneOf('file', 'configuration'), description: '`configuration`: SIGNING_KEY gives the key.' },
    current: ref('Key'),
    previous: { oneOf: [ref('Key'), { type: 'null' }], description: 'It still verifies, and signs no more.' },
  }),
  Key: object({ kid: text, createdAt: { ...date, description: 'Absent for a key of SIGNING_KEY.' } }, ['kid']),
  UploadedBackup: object({ bytes: count }),
  RestoredBackup: object(
    { createdDate: date, events: count, records: count },
    undefined,
    'The moment that the backup is of, and what is in it.',
  ),
  BackupSchedule: object({
    source: {
      ...oneOf('configuration', 'admin', 'none'),
      description: '`configuration`: variables set it, and it cannot be changed here.',
    },
    cron: { type: ['string', 'null'], examples: ['0 4 * * *'] },
    keep: { type: ['string', 'null'], examples: ['7d,4w,6m'], description: 'Null keeps all.' },
    timeZone: { ...text, description: 'Of the keep, in which `cron` is read.', examples: ['Europe/Berlin'] },
    nextAt: { ...date, type: ['string', 'null'] },
    lastMade: { ...object({ at: date, name: text }), type: ['object', 'null'] },
    failed: {
      ...object({ at: date, reason: text }, undefined, 'Why the last one that was due was not made.'),
      type: ['object', 'null'],
    },
    lastDrill: {
      ...object(
        { at: date, fault: { type: ['string', 'null'] } },
        undefined,
        'The last time that a keep was started on a backup, the first of a month. `fault` is null where all was there.',
      ),
      type: ['object', 'null'],
    },
  }),
  AppUsed: object(
    Object.fromEntries(limitNames.map((name) => [name, usage])),
    limitNames.filter((name) => name !== 'events' && name !== 'eventBytes'),
    'What an app has of what it may have.',
  ),
  Profile: object(
    {
      name: text,
      schema: {
        type: ['object', 'boolean'],
        description: 'A JSON Schema, dialect 2020-12, or draft-07 where `$schema` says so.',
      },
      createdAt: date,
    },
    ['name', 'schema'],
  ),
  ProfileList: list('Profile'),
  ProfileLibrary: object({
    items: array(
      object({
        name: { ...text, examples: ['library/calendar-event'] },
        title: text,
        description: text,
        schema: { type: 'object', description: 'A JSON Schema, dialect 2020-12, with an example in it.' },
      }),
    ),
  }),
  Permission: object(
    {
      id,
      appId: id,
      viewInstanceId: id,
      profile: text,
      requested: rightList,
      granted: rightList,
      message: text,
      status: oneOf(...permissionStatuses),
      reason: text,
      requestedAt: date,
      decidedAt: date,
      expiresAt: date,
    },
    ['id', 'appId', 'profile', 'requested', 'granted', 'message', 'status', 'requestedAt'],
  ),
  PermissionList: list('Permission'),
  App: object(
    {
      id,
      name: text,
      description: text,
      state: {
        ...oneOf('waiting', 'associated', 'deleting'),
        description: '`waiting`: no app is bound to the holder. `deleting`: what is left of it goes by itself.',
      },
      createdAt: date,
      associatedAt: date,
      associatedName: { ...text, description: 'The name that the app gave itself.' },
      associationTokenExpiresAt: {
        ...date,
        description:
          'The end, which may be past, of the newest association token, while that is neither used nor void.',
      },
      tokenExpiresAt: date,
      limits: object(
        Object.fromEntries(limitNames.map((name) => [name, count])),
        [],
        'Your own numbers for this app; absent where it has those of the configuration.',
      ),
      origins: { type: 'array', items: text, description: 'Web pages that may call as this app.' },
      lastUsedAt: { ...date, description: 'Rounded down to the hour.' },
    },
    ['id', 'name', 'state', 'createdAt', 'origins'],
  ),
  AppList: list('App'),
  AssociationToken: object({ associationToken: text, expiresAt: date }),
  Admin: object({ adminId: id, name: text }),
  Session: object({ token: text, expiresAt: date }),
  SecondFactor: object({
    enabledAt: { ...dateOrNull, description: 'Since when sign-ins need a code; null while they need none.' },
    recoveryCodesLeft: count,
  }),
  NewTotp: object({
    secret: { ...text, description: 'Base32 (RFC 4648).' },
    uri: { ...text, description: '`otpauth://totp/…`, which authenticator apps read from a QR code.' },
  }),
  RecoveryCodes: object({ recoveryCodes: { type: 'array', items: text, minItems: 10, maxItems: 10 } }),
  PasskeyPlace: object(passkeyPlace, ['available']),
  PasskeyOptions: {
    type: 'object',
    additionalProperties: true,
    properties: { challenge: text },
    required: ['challenge'],
    description: 'As WebAuthn says; the challenge is base64url.',
  },
  Passkey: object({
    id,
    name: text,
    createdAt: date,
    lastUsedAt: dateOrNull,
    rpId: { ...text, description: 'The domain that it was made for.' },
    usable: { ...flag, description: 'False for one that was made for another domain than the present one.' },
  }),
  Passkeys: object({ ...passkeyPlace, items: array(ref('Passkey')) }, ['available', 'items']),
  OpenSession: object(
    {
      id,
      name: { ...text, description: 'Of the client, such as "Firefox on Linux".' },
      method: { ...oneOf(...signInMethods), description: 'How it was begun; absent for one of an earlier release.' },
      startedAt: date,
      lastUsedAt: { ...date, description: 'Exact to a minute.' },
      expiresAt: date,
      address: { ...text, description: 'Where it was started from.' },
      current: { ...flag, description: 'Whether it is the session that asks.' },
    },
    ['id', 'name', 'startedAt', 'lastUsedAt', 'expiresAt', 'current'],
  ),
  SessionList: list('OpenSession'),
  AuditEntry: object(
    {
      sequence: count,
      at: date,
      action: text,
      actor: object({ kind: oneOf('admin', 'app', 'run', 'keep'), id: text }),
      subject: object({ kind: text, id: text }),
      details: { type: 'object', additionalProperties: true },
      previousHash: text,
      hash: text,
    },
    ['sequence', 'at', 'action', 'actor', 'subject', 'previousHash', 'hash'],
  ),
  AuditList: list('AuditEntry'),
};

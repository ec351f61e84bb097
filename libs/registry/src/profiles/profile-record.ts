import type { CompiledProfile } from '@datakeep/contracts';
import type { CollectionDefinition } from '@datakeep/documents';

import { isoDate } from '../lists/iso-date.ts';

type Schema = CompiledProfile['schema'];

/** A profile as everyone reads it. */
export interface ProfileRecord {
  readonly name: string;
  readonly schema: Schema;
  readonly createdAt: string;
}

export interface StoredProfile {
  readonly id: string;
  readonly name: string;
  readonly schema: Schema;
  /** SHA-256 (hex) of the schema's canonical form (RFC 8785), by which sameness is judged. */
  readonly hash: string;
  /** Length of that form in UTF-8. Absent in records of earlier versions. */
  readonly bytes?: number;
  /** Room for the versions that come later. */
  readonly version: number;
  /** Id of the app, or of the admin. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** Until then (ms since the epoch) no event and no request may name the profile: it is being deleted. */
  readonly closedUntil?: number;
}

export const profileDefinition: CollectionDefinition<StoredProfile> = {
  name: 'profiles',
  fields: {
    name: { type: 'string' },
    schema: { type: 'json' },
    hash: { type: 'string' },
    bytes: { type: 'number', optional: true },
    version: { type: 'number' },
    createdBy: { type: 'string' },
    createdAt: { type: 'number' },
    closedUntil: { type: 'number', optional: true },
  },
  indexes: [
    { name: 'profileName', fields: ['name'], unique: true, serves: 'A profile by its name, once.' },
    { name: 'profileNewest', fields: ['createdAt'], serves: 'The list, newest first.' },
    { name: 'profileCreator', fields: ['createdBy', 'createdAt'], serves: 'What one app registered.' },
  ],
};

export function showProfile(record: StoredProfile): ProfileRecord {
  return { name: record.name, schema: record.schema, createdAt: isoDate(record.createdAt) };
}

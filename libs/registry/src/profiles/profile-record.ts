import { isoDate, type Timestamp } from '@datakeep/kernel';
import type { CompiledProfile } from '@datakeep/contracts';
import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';

type Schema = CompiledProfile['schema'];

/** A profile as everyone reads it. */
export interface ProfileRecord {
  readonly name: string;
  /** A JSON Schema, dialect 2020-12, or draft-07 where `$schema` says so. */
  readonly schema: Schema;
  readonly createdAt: Timestamp;
}

const profileFields = {
  name: field.text,
  schema: field.json<Schema>(),
  /** SHA-256 (hex) of the schema's canonical form (RFC 8785), by which sameness is judged. */
  hash: field.text,
  /** Length of that form in UTF-8. Absent in records of earlier versions. */
  bytes: optional(field.number),
  /** Room for the versions that come later. */
  version: field.number,
  /** Id of the app, or of the admin. */
  createdBy: field.text,
  createdAt: field.number,
  /** Until then (ms since the epoch) no event and no request may name the profile: it is being deleted. */
  closedUntil: optional(field.number),
};
export type StoredProfile = RecordOf<typeof profileFields>;

export const profileDefinition: CollectionDefinition<StoredProfile> = {
  name: 'profiles',
  fields: profileFields,
  indexes: [
    { name: 'profileName', fields: ['name'], unique: true, serves: 'A profile by its name, once.' },
    { name: 'profileNewest', fields: ['createdAt'], serves: 'The list, newest first.' },
    { name: 'profileCreator', fields: ['createdBy', 'createdAt'], serves: 'What one app registered.' },
  ],
};

export function showProfile(record: StoredProfile): ProfileRecord {
  return { name: record.name, schema: record.schema, createdAt: isoDate(record.createdAt) };
}

import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RestoredEvent } from '@datakeep/contracts';
import { DatakeepError, InputErrors, isId, isObject, parseDateTime } from '@datakeep/kernel';
import { isIdentifier } from '../service/event-input.ts';

const members: ReadonlySet<string> = new Set(['id', 'metadata', 'payload']);
const metadataMembers: ReadonlySet<string> = new Set([
  'identifier',
  'profile',
  'source',
  'createdDate',
  'acceptedDate',
  'version',
  'modifiedBy',
]);

/** Parses an event in the form in which it is read (docs/api.md). Throws `invalid` with every illegal member. */
export function readStoredEvent(
  line: Readonly<Record<string, unknown>>,
): RestoredEvent & { readonly value: Readonly<Record<string, unknown>> } {
  const issues = new InputErrors();
  issues.onlyMembers(line, members, 'an event has');
  const { id, metadata, payload } = line;
  if (!isId(id)) issues.wrong(id, '/id', 'format', 'an id has 24 hex digits');
  if (!isObject(payload)) issues.wrong(payload, '/payload', 'type', 'a payload is an object');
  if (!isObject(metadata)) issues.wrong(metadata, '/metadata', 'type', 'metadata is an object');
  if (!isObject(metadata) || !isObject(payload)) throw DatakeepError.invalid(issues.errors);
  issues.onlyMembers(metadata, metadataMembers, 'metadata has', { at: '/metadata' });
  const { identifier, profile, source, version, modifiedBy } = metadata;
  if (typeof profile !== 'string') issues.wrong(profile, '/metadata/profile', 'type', 'an event names its profile');
  if (!isId(source)) issues.wrong(source, '/metadata/source', 'format', "a source is an app's id of 24 hex digits");
  if (identifier !== undefined && !isIdentifier(identifier))
    issues.add('/metadata/identifier', 'range', 'an identifier is a string of 1 to 200 code points');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    issues.wrong(version, '/metadata/version', 'range', 'a version is a whole number from 1 on');
  if (modifiedBy !== undefined && modifiedBy !== 'admin' && !isId(modifiedBy))
    issues.add('/metadata/modifiedBy', 'format', "a modifier is an app's id of 24 hex digits, or `admin`");
  const createdAt = dateOf(metadata, 'createdDate', issues);
  const acceptedAt = dateOf(metadata, 'acceptedDate', issues);
  issues.throwIfAny();
  const named =
    identifier === undefined
      ? {}
      : { identifier: identifier as string, digest: hash('sha256', canonicalize(payload)!, 'hex') };
  return {
    id: id as string,
    profile: profile as string,
    source: source as string,
    ...named,
    createdAt,
    acceptedAt,
    version: version as number,
    modifiedBy: modifiedBy as string | undefined,
    payload: JSON.stringify(payload),
    value: payload,
  };
}

function dateOf(metadata: Readonly<Record<string, unknown>>, name: string, issues: InputErrors): number {
  const text = metadata[name];
  const at = typeof text === 'string' ? parseDateTime(text) : undefined;
  if (at === undefined) issues.wrong(text, `/metadata/${name}`, 'date', 'expected an RFC 3339 date-time');
  return at ?? 0;
}

import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RestoredEvent } from '@datakeep/contracts';
import { isId, parseDateTime, pointerSegment } from '@datakeep/kernel';
import { isIdentifier } from '../service/event-input.ts';
import { isObject, type Places } from '../query/places.ts';

const metadataMembers: ReadonlySet<string> = new Set([
  'identifier',
  'profile',
  'source',
  'createdDate',
  'acceptedDate',
  'version',
  'modifiedBy',
]);

/**
 * Parses an event in the form in which it is read (docs/api.md). Undefined where something is illegal, which `places`
 * then lists.
 */
export function readStoredEvent(
  value: Readonly<Record<string, unknown>>,
  places: Places,
): (RestoredEvent & { readonly value: Readonly<Record<string, unknown>> }) | undefined {
  for (const name in value)
    if (name !== 'id' && name !== 'metadata' && name !== 'payload')
      places.add(`/${pointerSegment(name)}`, 'unknown-member', 'an event has id, metadata and payload');
  const { id, metadata, payload } = value;
  if (typeof id !== 'string' || !isId(id))
    places.add('/id', id === undefined ? 'required' : 'format', 'an id has 24 hex digits');
  if (!isObject(payload)) places.add('/payload', payload === undefined ? 'required' : 'type', 'a payload is an object');
  if (!isObject(metadata))
    places.add('/metadata', metadata === undefined ? 'required' : 'type', 'metadata is an object');
  if (!isObject(metadata) || !isObject(payload)) return undefined;
  for (const name in metadata)
    if (!metadataMembers.has(name))
      places.add(`/metadata/${pointerSegment(name)}`, 'unknown-member', 'there is no such metadata');
  const { identifier, profile, source, version, modifiedBy } = metadata;
  if (typeof profile !== 'string')
    places.add('/metadata/profile', profile === undefined ? 'required' : 'type', 'an event names its profile');
  if (typeof source !== 'string' || !isId(source))
    places.add(
      '/metadata/source',
      source === undefined ? 'required' : 'format',
      "a source is an app's id of 24 hex digits",
    );
  if (identifier !== undefined && !isIdentifier(identifier))
    places.add('/metadata/identifier', 'range', 'an identifier is a string of 1 to 200 code points');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    places.add(
      '/metadata/version',
      version === undefined ? 'required' : 'range',
      'a version is a whole number from 1 on',
    );
  if (modifiedBy !== undefined && modifiedBy !== 'admin' && !isId(modifiedBy))
    places.add('/metadata/modifiedBy', 'format', "a modifier is an app's id of 24 hex digits, or `admin`");
  const createdAt = dateOf(metadata, 'createdDate', places);
  const acceptedAt = dateOf(metadata, 'acceptedDate', places);
  if (places.errors.length > 0) return undefined;
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
    ...(modifiedBy === undefined ? {} : { modifiedBy: modifiedBy as string }),
    payload: JSON.stringify(payload),
    value: payload,
  };
}

function dateOf(metadata: Readonly<Record<string, unknown>>, name: string, places: Places): number {
  const text = metadata[name];
  const at = typeof text === 'string' ? parseDateTime(text) : undefined;
  if (at === undefined)
    places.add(`/metadata/${name}`, text === undefined ? 'required' : 'date', 'expected an RFC 3339 date-time');
  return at ?? 0;
}

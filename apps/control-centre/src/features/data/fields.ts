import type { Event } from '../../api/operations.ts';
import { shapeOfSchema, shapeOfValues, type JsonType, type Shape } from './shapes.ts';

export type FieldKind = 'string' | 'number' | 'boolean' | 'date' | 'any';

/** What can be shown as a column, filtered by and perhaps sorted by. */
export interface Field {
  /** As the query language names it: `payload.place.city`, `metadata.createdDate`. */
  readonly path: string;
  /** `place.city`, or what the metadata is called here. A payload's label is of an app's making. */
  readonly label: string;
  readonly kind: FieldKind;
  /** The keep sorts and groups by it. */
  readonly sortable: boolean;
  /** The only texts that the schema allows. */
  readonly choices?: readonly string[];
}

export const metadataFields: readonly Field[] = [
  { path: 'metadata.createdDate', label: 'Created', kind: 'date', sortable: true },
  { path: 'metadata.acceptedDate', label: 'Accepted', kind: 'date', sortable: true },
  { path: 'metadata.source', label: 'App', kind: 'string', sortable: true },
  { path: 'metadata.identifier', label: 'Identifier', kind: 'string', sortable: true },
  { path: 'metadata.version', label: 'Version', kind: 'number', sortable: true },
];

/** A table and a form have room for this many members of a payload. */
const mostFields = 300;

/** The members of payloads that the schema describes, in its order, and after them those that only the events have. */
export function payloadFields(schema: unknown, events: readonly Event[]): readonly Field[] {
  const fields = leavesOf(shapeOfSchema(schema), true);
  const known = new Set(fields.map(({ path }) => path));
  const others = leavesOf(shapeOfValues(events.map(({ payload }) => payload)), false);
  return [...fields, ...others.filter(({ path }) => !known.has(path))].slice(0, mostFields);
}

/** A field that neither a schema nor the newest events have; the query language allows comparing it. */
export function unknownField(path: string): Field {
  return { path, label: path.replace(/^payload\./, ''), kind: 'any', sortable: false };
}

/** What can be addressed by the query language (docs/query-language.md). */
function isAddressable(name: string): boolean {
  return name !== '' && !name.includes('.') && !name.startsWith('$') && !/\p{Cc}/u.test(name);
}

function leavesOf(root: Shape, described: boolean): Field[] {
  const fields: Field[] = [];
  const visit = (shape: Shape, path: readonly string[], loose: boolean): void => {
    for (const [name, member] of shape.members) {
      if (!isAddressable(name) || fields.length >= mostFields) continue;
      const below = [...path, name];
      const isLoose = loose || member.many || member.unsure === true;
      if (member.members.size > 0) visit(member, below, isLoose);
      else fields.push(fieldOf(below.join('.'), member, described && !isLoose));
    }
  };
  visit(root, [], false);
  return fields;
}

function fieldOf(label: string, { types, choices }: Shape, mayBeSorted: boolean): Field {
  const kind = kindOf(types);
  return {
    path: `payload.${label}`,
    label,
    kind,
    sortable: mayBeSorted && kind !== 'any',
    ...(choices && kind === 'string' ? { choices } : {}),
  };
}

function kindOf(types: ReadonlySet<JsonType>): FieldKind {
  const [only, ...more] = [...types].filter((type) => type !== 'null');
  return more.length === 0 && (only === 'string' || only === 'number' || only === 'boolean') ? only : 'any';
}

/** The value at a path of an event: the values of every array on the way, as the query language reads it. */
export function valueAt(event: Event, path: string): unknown {
  const [root, ...names] = path.split('.');
  let values: unknown[] = [root === 'metadata' ? event.metadata : event.payload];
  let met = false;
  for (const name of names) {
    values = values.flatMap((value) => {
      if (Array.isArray(value)) {
        met = true;
        return value.map((element) => memberOf(element, name));
      }
      return [memberOf(value, name)];
    });
  }
  values = values.filter((value) => value !== undefined);
  return met ? (values.length === 0 ? undefined : values) : values[0];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Where payloads say a place: in two members of one object, or in a GeoJSON geometry (RFC 7946). */
export type PlaceFields =
  { readonly latitude: string; readonly longitude: string } | { readonly type: string; readonly coordinates: string };

/** Whose `coordinates` are drawn: all but a `GeometryCollection`, which has none. */
export const geometries: ReadonlySet<string> = new Set([
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
]);

export function placesOf(fields: readonly Field[]): readonly PlaceFields[] {
  const byPath = new Map(fields.map((field) => [field.path, field]));
  const mayBe = (kind: FieldKind, path: string): boolean => [kind, 'any'].includes(byPath.get(path)?.kind ?? '');
  return fields.flatMap(({ path }): PlaceFields[] => {
    const longitude = path.replace(/\.latitude$/, '.longitude');
    if (longitude !== path)
      return mayBe('number', path) && mayBe('number', longitude) ? [{ latitude: path, longitude }] : [];
    const type = path.replace(/\.coordinates$/, '.type');
    const isGeometry = byPath.get(type)?.choices?.some((name) => geometries.has(name)) ?? mayBe('string', type);
    return type !== path && isGeometry && mayBe('number', path) ? [{ type, coordinates: path }] : [];
  });
}

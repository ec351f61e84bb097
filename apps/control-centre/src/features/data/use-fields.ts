import { useMemo } from 'react';
import type { Event, Profile } from '../../api/operations.ts';
import {
  metadataFields,
  payloadFields,
  placesOf,
  unknownField,
  valueAt,
  type Field,
  type PlaceFields,
} from './fields.ts';
import { useSample } from './queries.ts';

export interface Fields {
  readonly payload: readonly Field[];
  /** The payload's and the metadata's. */
  readonly all: readonly Field[];
  readonly places: readonly PlaceFields[];
  /** The newest events have been looked at, too. */
  readonly isLoaded: boolean;
  /** A path that no schema and no event has is a field as well. */
  find(path: string): Field;
  /** The columns of a table until the owner chooses some. */
  readonly defaultColumns: readonly string[];
}

const mostDefaultColumns = 6;
/** Values longer than this as JSON make a page of events slow, so they are columns only where they are chosen. */
const longValue = 2000;

function defaultColumnsOf(
  payload: readonly Field[],
  places: readonly PlaceFields[],
  sample: readonly Event[],
): readonly string[] {
  // A constant member distinguishes no events.
  const light = payload.filter(
    ({ path, choices }) =>
      choices?.length !== 1 &&
      sample.every((event) => (JSON.stringify(valueAt(event, path)) ?? '').length <= longValue),
  );
  const isPlace = (path: string): boolean => places.some((place) => 'type' in place && place.coordinates === path);
  const plain = light.filter(({ path, kind, sortable }) => (kind !== 'any' && sortable) || isPlace(path));
  const chosen = new Set([...plain, ...light].slice(0, mostDefaultColumns).map(({ path }) => path));
  // In the schema's order, scalars or not.
  const columns = payload.filter(({ path }) => chosen.has(path)).map(({ path }) => path);
  return ['metadata.createdDate', ...columns, 'metadata.source'];
}

/** The fields of a profile: what its schema describes, and what its newest events have besides. */
export function useFields({ name, schema }: Profile): Fields {
  const { data, isPending } = useSample(name);
  return useMemo(() => {
    const payload = payloadFields(schema, data?.items ?? []);
    const all = [...payload, ...metadataFields];
    const places = placesOf(payload);
    const byPath = new Map(all.map((field) => [field.path, field]));
    return {
      payload,
      all,
      places,
      isLoaded: !isPending,
      defaultColumns: defaultColumnsOf(payload, places, data?.items ?? []),
      find: (path) => byPath.get(path) ?? unknownField(path),
    };
  }, [schema, data, isPending]);
}

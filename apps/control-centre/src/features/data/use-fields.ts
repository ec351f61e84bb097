import { useMemo } from 'react';
import type { Event, Profile } from '../../api/operations.ts';
import { metadataFields, payloadFields, placesOf, unknownField, valueAt, type Field } from './fields.ts';
import { useSample } from './queries.ts';

export interface Fields {
  readonly payload: readonly Field[];
  /** The payload's and the metadata's. */
  readonly all: readonly Field[];
  readonly places: ReturnType<typeof placesOf>;
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

function defaultColumnsOf(payload: readonly Field[], sample: readonly Event[]): readonly string[] {
  const light = payload.filter(({ path }) =>
    sample.every((event) => (JSON.stringify(valueAt(event, path)) ?? '').length <= longValue),
  );
  const plain = light.filter(({ kind, sortable }) => kind !== 'any' && sortable);
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
    const byPath = new Map(all.map((field) => [field.path, field]));
    return {
      payload,
      all,
      places: placesOf(payload),
      isLoaded: !isPending,
      defaultColumns: defaultColumnsOf(payload, data?.items ?? []),
      find: (path) => byPath.get(path) ?? unknownField(path),
    };
  }, [schema, data, isPending]);
}

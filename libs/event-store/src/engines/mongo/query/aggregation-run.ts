import { groupLimits, type Aggregation, type Groups, type Scalar } from '@datakeep/contracts';
import type { mongo } from 'mongoose';
import { GroupFold } from '../../aggregate/group-fold.ts';
import { groupsOf } from '../../aggregate/groups-json.ts';
import { refusalError } from '../../aggregate/refusal-error.ts';
import { Refused } from '../../aggregate/refusal.ts';
import { answered, type AnsweredRecord, type EventRecord } from '../event-record.ts';
import { shadowPath } from '../shadow.ts';
import { metadataOf, seenOf, type QueryRun } from './event-query.ts';
import { sortValue } from './exact-filter.ts';
import { supersetOf, type Superset } from './superset.ts';

const scanBatch = 1000;
/** Events between two looks at the time that is left. */
const betweenLooks = 256;

type ReadField = (record: AnsweredRecord & Pick<EventRecord, 'payload'>) => Scalar;

/**
 * One aggregation: the server filters and projects, and the fold that all engines share does the rest over the stream. `$group` is not asked for: its sums are rounded at each step, so their
 * order would show, and it has other ideas of absent values.
 */
export class AggregationRun {
  readonly #aggregation: Aggregation;
  readonly #run: QueryRun;
  readonly #superset: Superset;
  #folded = 0;

  constructor(aggregation: Aggregation, run: QueryRun) {
    this.#aggregation = aggregation;
    this.#run = run;
    this.#superset = supersetOf(aggregation, run.committed, run.capabilities.stringOrder);
  }

  /** Events that were folded, so far. */
  get folded(): number {
    return this.#folded;
  }

  async groups(): Promise<Groups> {
    try {
      const fold = new GroupFold(this.#aggregation, groupLimits);
      await this.#foldAll(fold);
      return groupsOf(fold, this.#aggregation);
    } catch (error) {
      throw error instanceof Refused ? refusalError(error.refusal) : error;
    }
  }

  async #foldAll(fold: GroupFold): Promise<void> {
    const { exact, condition, holds } = this.#superset;
    // Where the server's filter is exact only the fields are fetched, from the shadow, whose scalars are those of the payload; else the text, which the exact filter needs.
    const fields = fold.fields.map((field): ReadField =>
      exact ? fromShadow(field) : (record) => sortValue(seenOf(record), field),
    );
    const projection = exact ? shadowFields(fold.fields) : answered;
    const options = { projection, maxTimeMS: this.#run.left(), signal: this.#run.signal, batchSize: scanBatch };
    const cursor = this.#run.events.find(condition as mongo.Filter<EventRecord>, options);
    let seen = 0;
    for await (const record of cursor) {
      if (++seen % betweenLooks === 0) this.#run.left();
      if (!exact && !holds(record, seenOf(record))) continue;
      this.#folded += 1;
      fold.add(fields.map((read) => read(record)));
    }
  }
}

function shadowFields(fields: readonly string[]): Record<string, 1> {
  return Object.fromEntries(
    [
      '_id',
      ...fields.map((field) => (field.startsWith('payload.') ? shadowPath(field) : (recordMembers[field] ?? '_id'))),
    ].map((path) => [path, 1]),
  );
}

const recordMembers: Readonly<Record<string, keyof typeof answered>> = {
  'metadata.identifier': 'identifier',
  'metadata.profile': 'profile',
  'metadata.source': 'source',
  'metadata.createdDate': 'created',
  'metadata.acceptedDate': 'accepted',
  'metadata.version': 'version',
  'metadata.modifiedBy': 'modifiedBy',
};

function fromShadow(field: string): ReadField {
  if (!field.startsWith('payload.')) return (record) => metadataOf(record, field) ?? null;
  const steps = shadowPath(field).split('.').slice(1);
  return ({ payload }) => {
    let value: unknown = payload;
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step))
        return null;
      value = (value as Record<string, unknown>)[step];
    }
    return typeof value === 'object' ? null : (value as Scalar);
  };
}

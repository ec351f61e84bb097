import { groupLimits, type Aggregation, type Groups, type Scalar } from '@datakeep/contracts';
import type { mongo } from 'mongoose';
import { GroupFold } from '../../aggregate/group-fold.ts';
import { groupsOf } from '../../aggregate/groups-json.ts';
import { refusalError } from '../../aggregate/refusal-error.ts';
import { Refused } from '../../aggregate/refusal.ts';
import { commandOptions, type QueryRun } from './event-query.ts';
import { pathOf, serverFilter } from './server-filter.ts';

const scanBatch = 1000;
/** Rows between two looks at the time that is left. */
const betweenLooks = 256;

/** The values of the fold's fields, `v0`, `v1` …, and how many events have just these. */
interface Row {
  readonly _id: Readonly<Record<string, unknown>>;
  readonly events: number;
}

/**
 * One aggregation. The server finds the events and makes one row of those that are alike (`$group`); the fold that all
 * engines share makes the groups of the rows. A sum is exact by contract, whereas the server's is rounded in the order
 * of its events, and an interval is one of a time zone as Node knows it: of these the fold gets each event.
 */
export class AggregationRun {
  readonly #aggregation: Aggregation;
  readonly #run: QueryRun;
  #folded = 0;

  constructor(aggregation: Aggregation, run: QueryRun) {
    this.#aggregation = aggregation;
    this.#run = run;
  }

  /** Events that were folded, so far. */
  get folded(): number {
    return this.#folded;
  }

  async groups(): Promise<Groups> {
    try {
      const fold = new GroupFold(this.#aggregation, groupLimits);
      let seen = 0;
      for await (const row of this.#rows(fold.fields)) {
        if (++seen % betweenLooks === 0) this.#run.left();
        this.#folded += row.events;
        fold.add(
          fold.fields.map((_, index) => scalarOf(row._id[`v${index}`])),
          row.events,
        );
      }
      return groupsOf(fold, this.#aggregation);
    } catch (error) {
      throw error instanceof Refused ? refusalError(error.refusal) : error;
    }
  }

  #rows(fields: readonly string[]): mongo.AggregationCursor<Row> {
    const values = Object.fromEntries(fields.map((field, index) => [`v${index}`, `$${pathOf(field) ?? 'absent'}`]));
    const rows = needsEachEvent(this.#aggregation)
      ? { $project: { _id: values, events: { $literal: 1 } } }
      : { $group: { _id: values, events: { $sum: 1 } } };
    return this.#run.events.aggregate<Row>([{ $match: serverFilter(this.#aggregation) }, rows], {
      ...commandOptions(this.#run),
      batchSize: scanBatch,
      allowDiskUse: true,
    });
  }
}

const needsEachEvent = ({ groupBy, measures }: Aggregation): boolean =>
  groupBy.some(({ interval }) => interval !== undefined) || measures.some(({ op }) => op === 'sum' || op === 'avg');

function scalarOf(value: unknown): Scalar {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'object' || value === undefined ? null : (value as Scalar);
}

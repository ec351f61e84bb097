import type { DatabaseSync } from 'node:sqlite';
import type {
  Aggregation,
  EventPage,
  EventQuery,
  GroupLimits,
  Position,
  RestoredEvent,
  SourceUsage,
  StoredEvent,
} from '@datakeep/contracts';
import { defineBudget } from '../compiler/budget.ts';
import { compileQuery, type CompiledQuery } from '../compiler/compile-query.ts';
import type { Fragment } from '../compiler/fragment.ts';
import { positionValue } from '../compiler/order.ts';
import { afterEvent, eventColumns, eventText, type EventRow } from '../event-text.ts';
import { Names } from '../names.ts';
import { pageUnits } from '../../answer/page-units.ts';
import { choiceOf, project } from '../../answer/projection.ts';
import { Aggregator } from './aggregator.ts';
import { planOf } from '../compiler/query-plan.ts';
import type { MeasuredGroups, MeasuredPage } from '../../../storage-engine.ts';
import { ChangeReader, type ChangesRead, type ChangeTask } from './change-reader.ts';
import { StatementCache } from './statement-cache.ts';
import { storedEvents, type StoredTask } from './stored-events.ts';

/** Prepared statements kept for each connection. */
const statements = 200;

const emptyPage = (count: boolean | undefined): EventPage => ({
  itemsJson: '[]',
  length: 0,
  next: null,
  ...(count ? { count: 0 } : {}),
});

/** Thrown out of a statement whose time is over. */
export class Stopped extends Error {}

/** Answers queries on one reading connection. */
export class EventReader {
  readonly #database: DatabaseSync;
  readonly #profiles: Names;
  readonly #sources: Names;
  readonly #cache: StatementCache;
  readonly #aggregator: Aggregator;
  readonly #changes: ChangeReader;
  #looked = 0;

  /**
   * `checkBudget` throws `Stopped` when the time is over. It is called for each row that a statement examines, and
   * within a row that may take long.
   */
  constructor(database: DatabaseSync, checkBudget: () => void) {
    this.#database = database;
    const countRow = (): void => {
      this.#looked += 1;
      checkBudget();
    };
    defineBudget(database, countRow, checkBudget);
    this.#profiles = new Names(database, 'profiles', false);
    this.#sources = new Names(database, 'sources', false);
    this.#cache = new StatementCache(database, statements);
    this.#changes = new ChangeReader(this.#cache, this.#profiles, this.#sources, checkBudget);
    this.#aggregator = new Aggregator(database, this.#cache, this.#sources, checkBudget);
  }

  /** The page, how long it took, ms, how many rows were looked at, and, where it is asked for, how. */
  query(query: EventQuery): MeasuredPage {
    const profile = this.#profiles.code(query.profile);
    if (profile === undefined) return { page: emptyPage(query.count), ms: 0, rowsExamined: 0 };
    const compiled = compileQuery(query, profile);
    this.#looked = 0;
    const start = performance.now();
    const page = this.#read(query, compiled);
    const ms = performance.now() - start;
    const measured = { page, ms, rowsExamined: Math.max(this.#looked, page.length) };
    return query.explain
      ? { ...measured, plan: { ...planOf(this.#database, compiled.page), rowsExamined: measured.rowsExamined } }
      : measured;
  }

  #read(query: EventQuery, compiled: CompiledQuery): EventPage {
    if (!compiled.count && !compiled.rest) return this.#page(query, compiled);
    // All of its statements see the events of one moment.
    this.#database.exec('BEGIN');
    try {
      const page = this.#page(query, compiled);
      if (!compiled.count) return page;
      const [counted] = this.#cache.get(compiled.count.sql).all(...compiled.count.values) as unknown as [number][];
      return { ...page, count: counted?.[0] ?? 0 };
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** The groups, how long they took, ms, and how many events were looked at and folded. */
  aggregate(aggregation: Aggregation, limits: GroupLimits): MeasuredGroups {
    this.#looked = 0;
    const start = performance.now();
    const groups = this.#aggregator.aggregate(aggregation, this.#profiles.code(aggregation.profile), limits);
    return {
      groups,
      ms: performance.now() - start,
      rowsExamined: this.#looked,
      rowsFolded: this.#aggregator.folded,
    };
  }

  get(id: string): StoredEvent | undefined {
    const sql = `SELECT ${eventColumns}, profile FROM events WHERE id = ?`;
    const row = this.#cache.get(sql).get(id) as unknown as EventRow | undefined;
    if (!row) return undefined;
    const profile = row[afterEvent] as number;
    const json = eventText(row, this.#profiles.quoted(profile), this.#sources.quoted, row[7]);
    return { id, profile: this.#profiles.name(profile), source: this.#sources.name(row[1]), version: row[4], json };
  }

  /** A page of `EventTransfer.stored`. */
  stored(task: StoredTask): readonly RestoredEvent[] {
    return storedEvents(this.#cache, this.#profiles, this.#sources, task);
  }

  changes(task: ChangeTask): ChangesRead {
    return this.#changes.page(task);
  }

  lastChange(): number {
    return this.#changes.last();
  }

  /** To be called after each task. */
  settle(failed: boolean): void {
    this.#cache.settle(failed);
  }

  tally(): number {
    return this.#tally('events');
  }

  usage(source: string): SourceUsage {
    const row = this.#cache.get('SELECT events, bytes FROM sources WHERE name = ?').get(source);
    const [events = 0, bytes = 0] = (row ?? []) as unknown as readonly number[];
    return { events, bytes };
  }

  #tally(name: 'events' | 'largest-payload'): number {
    const row = this.#cache.get('SELECT value FROM tallies WHERE name = ?').get(name) as unknown as [number];
    return row[0];
  }

  #page(query: EventQuery, { page, rest }: CompiledQuery): EventPage {
    // all() is a third faster for a page of 100, but holds every row at once.
    const bounded = (query.limit + 1) * this.#tally('largest-payload') <= 4 * pageUnits;
    const rowsOf = ({ sql, values }: Fragment): Iterable<EventRow> => {
      const statement = this.#cache.get(sql);
      return (bounded ? statement.all(...values) : statement.iterate(...values)) as unknown as Iterable<EventRow>;
    };
    const profile = JSON.stringify(query.profile);
    const choice = query.fields && choiceOf(query.fields);
    let text = '[';
    let length = 0;
    let last: EventRow | undefined;
    let more = false;
    for (const statement of rest ? [page, rest] : [page]) {
      if (more) break;
      for (const row of rowsOf(statement)) {
        more = length === query.limit || text.length > pageUnits;
        if (more) break;
        const payload = choice
          ? JSON.stringify(project(JSON.parse(row[7]) as Record<string, unknown>, choice))
          : row[7];
        text += (length === 0 ? '' : ',') + eventText(row, profile, this.#sources.quoted, payload);
        length += 1;
        last = row;
      }
    }
    return { itemsJson: `${text}]`, length, next: more && last ? positionOf(last, query) : null };
  }
}

function positionOf(row: EventRow, query: EventQuery): Position {
  const values = query.sort.map((key, index) =>
    positionValue(row[afterEvent + index] as string | number | null, query.kinds[key.field]),
  );
  return { values, id: row[0] };
}

import type { EventChange } from '@datakeep/contracts';
import { changePageRows, changePageUnits } from '../../change-limits.ts';
import { eventColumns, eventHeadText, eventText, type EventRow } from '../event-text.ts';
import { lastSequence } from '../database-file.ts';
import type { Names } from '../names.ts';
import type { StatementCache } from './statement-cache.ts';

export interface ChangeTask {
  /** Undefined: from the first event on. */
  readonly after: { readonly sequence: number; readonly began: number } | undefined;
  readonly profiles: readonly string[] | undefined;
  readonly limit: number;
}

export interface NumberedChange extends Omit<EventChange, 'place'> {
  readonly sequence: number;
}

export interface ChangesRead {
  readonly changes: readonly NumberedChange[];
  readonly sequence: number;
  readonly began: number;
  readonly more: boolean;
  /** What the place needs is no longer kept. */
  readonly gone: boolean;
}

type Row = readonly [
  sequence: number,
  change: 0 | 1 | 2,
  profile: number,
  id: string,
  source: number,
  created: number,
  accepted: number,
  version: number,
  modifiedBy: number | null,
  identifier: string | null,
  payload: string | null,
  wanted: number,
];

const names = ['created', 'modified', 'deleted'] as const;

/**
 * Reads pages of changes on one reading connection: events by their sequence numbers, and the rows of `changes` between
 * them.
 */
export class ChangeReader {
  readonly #cache: StatementCache;
  readonly #profiles: Names;
  readonly #sources: Names;
  readonly #checkBudget: () => void;

  /** `checkBudget` throws when the time is over. */
  constructor(cache: StatementCache, profiles: Names, sources: Names, checkBudget: () => void) {
    this.#cache = cache;
    this.#profiles = profiles;
    this.#sources = sources;
    this.#checkBudget = checkBudget;
  }

  last(): number {
    return (this.#cache.get(lastSequence).get() as unknown as [number])[0];
  }

  page({ after, profiles, limit }: ChangeTask): ChangesRead {
    const began = after?.began ?? this.last();
    const start = after?.sequence ?? 0;
    const changes: NumberedChange[] = [];
    let sequence = start;
    let looked = 0;
    let units = 0;
    let more = false;
    for (const row of this.#rows(start, profiles)) {
      more = changes.length === limit || looked === changePageRows || units > changePageUnits;
      if (more) break;
      this.#checkBudget();
      sequence = row[0];
      looked += 1;
      const json = row[11] === 1 ? this.#textOf(row) : undefined;
      if (json === undefined) continue;
      units += json.length;
      changes.push({ sequence, change: names[row[1]], profile: this.#profiles.name(row[2]), json });
    }
    // Asked after the rows were read: what was pruned meanwhile may be missing among them.
    return { changes, sequence, began, more, gone: Math.max(start, began) < this.#pruned() };
  }

  /** The last column: whether the change is asked for, and the last of its event. */
  #rows(start: number, profiles: readonly string[] | undefined): Iterable<Row> {
    const codes = profiles?.map((name) => this.#profiles.code(name)).filter((code) => code !== undefined);
    const ofProfiles = codes === undefined ? '1' : 'profile IN (SELECT value FROM json_each(?))';
    const columns = 'profile, id, source, created, accepted, version, modified_by';
    const changedLater = (table: string): string =>
      `EXISTS (SELECT 1 FROM changes AS later WHERE later.id = ${table}.id AND later.sequence > ${table}.sequence)`;
    const restoredLater =
      'EXISTS (SELECT 1 FROM events AS later WHERE later.id = changes.id AND later.sequence > changes.sequence)';
    const ofEvents = `${ofProfiles} AND NOT ${changedLater('events')}`;
    const ofChanges = `${ofProfiles} AND NOT ${changedLater('changes')} AND NOT ${restoredLater}`;
    const statement = this.#cache.get(
      `SELECT sequence, 0, ${columns}, identifier, CASE WHEN ${ofEvents} THEN payload END, ${ofEvents}
       FROM events WHERE sequence > ?
       UNION ALL SELECT sequence, change, ${columns}, NULL, NULL, ${ofChanges}
       FROM changes WHERE sequence > ? ORDER BY 1 LIMIT ${changePageRows + 1}`,
    );
    const list = codes === undefined ? [] : [JSON.stringify(codes)];
    return statement.iterate(...list, ...list, start, ...list, start) as unknown as Iterable<Row>;
  }

  /** Of a modified event its state now. */
  #textOf(row: Row): string | undefined {
    const [, change, profile, id, source, created, accepted, version, modifiedBy, identifier, payload] = row;
    const head: EventRow = [id, source, created, accepted, version, modifiedBy, identifier, payload ?? ''];
    const quoted = this.#profiles.quoted(profile);
    if (change === 2) return `${eventHeadText(head, quoted, this.#sources.quoted)}}`;
    if (change === 0) return eventText(head, quoted, this.#sources.quoted, payload ?? '');
    const now = this.#cache.get(`SELECT ${eventColumns} FROM events WHERE id = ?`).get(id) as unknown as
      EventRow | undefined;
    return now && eventText(now, quoted, this.#sources.quoted, now[7]);
  }

  #pruned(): number {
    return (this.#cache.get("SELECT value FROM tallies WHERE name = 'changes-pruned'").get() as unknown as [number])[0];
  }
}

import type { EventChange } from '@datakeep/contracts';
import { eventHeadText, eventText, type EventRow } from '../event-text.ts';
import { digits } from '../compiler/fragment.ts';
import type { Names } from '../names.ts';
import type { StatementCache } from './statement-cache.ts';

export interface ChangeTask {
  /** Undefined: from the first event on. */
  readonly after: { readonly sequence: number; readonly began: number } | undefined;
  readonly profiles: readonly string[] | undefined;
  readonly limit: number;
  readonly maxRows: number;
  readonly maxUnits: number;
}

export interface ChangesRead {
  readonly changes: readonly EventChange[];
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
  identifier: string | null,
  payload: string | null,
  wanted: number,
];

const names = ['created', 'modified', 'deleted'] as const;

/** Reads pages of changes on one reading connection: events by their numbers, and the rows of `changes` between them. */
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
    const sql =
      'SELECT max((SELECT coalesce(max(sequence), 0) FROM events), (SELECT coalesce(max(sequence), 0) FROM changes))';
    return (this.#cache.get(sql).get() as unknown as [number])[0];
  }

  page({ after, profiles, limit, maxRows, maxUnits }: ChangeTask): ChangesRead {
    const began = after?.began ?? this.last();
    const start = after?.sequence ?? 0;
    const changes: EventChange[] = [];
    let sequence = start;
    let looked = 0;
    let units = 0;
    let more = false;
    for (const row of this.#rows(start, profiles, maxRows + 1)) {
      more = changes.length === limit || looked === maxRows || units > maxUnits;
      if (more) break;
      this.#checkBudget();
      sequence = row[0];
      looked += 1;
      const json = row[10] === 1 ? this.#textOf(row) : undefined;
      if (json === undefined) continue;
      units += json.length;
      changes.push({ sequence, change: names[row[1]], profile: this.#profiles.name(row[2]), json });
    }
    // Asked after the rows were read: what was pruned meanwhile may be missing among them.
    return { changes, sequence, began, more, gone: Math.max(start, began) < this.#pruned() };
  }

  #rows(start: number, profiles: readonly string[] | undefined, limit: number): Iterable<Row> {
    const codes = profiles?.map((name) => this.#profiles.code(name)).filter((code) => code !== undefined);
    const wanted = codes === undefined ? '1' : 'profile IN (SELECT value FROM json_each(?))';
    const columns = 'profile, id, source, created, accepted, version, identifier';
    const statement = this.#cache.get(
      `SELECT sequence, 0, ${columns}, CASE WHEN ${wanted} THEN payload END, ${wanted} FROM events WHERE sequence > ?
       UNION ALL SELECT sequence, change, ${columns}, NULL, ${wanted} FROM changes WHERE sequence > ? ORDER BY 1 LIMIT ${digits(limit)}`,
    );
    const list = codes === undefined ? [] : [JSON.stringify(codes)];
    return statement.iterate(...list, ...list, start, ...list, start) as unknown as Iterable<Row>;
  }

  /** Of a modified event its state now; undefined where it went meanwhile, which a later change tells. */
  #textOf(row: Row): string | undefined {
    const [, change, profile, id, source, created, accepted, version, identifier, payload] = row;
    const head: EventRow = [id, source, created, accepted, version, identifier, payload ?? ''];
    const quoted = [this.#profiles.quoted(profile), this.#sources.quoted(source)] as const;
    if (change === 2) return `${eventHeadText(head, ...quoted)}}`;
    if (change === 0) return eventText(head, ...quoted, payload ?? '');
    const sql = 'SELECT id, source, created, accepted, version, identifier, payload FROM events WHERE id = ?';
    const now = this.#cache.get(sql).get(id) as unknown as EventRow | undefined;
    return now && eventText(now, ...quoted, now[6]);
  }

  #pruned(): number {
    return (this.#cache.get("SELECT value FROM tallies WHERE name = 'changes-pruned'").get() as unknown as [number])[0];
  }
}

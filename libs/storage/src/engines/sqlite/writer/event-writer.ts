import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from '@datakeep/contracts';
import { afterEvent, eventColumns, eventText, type EventRow } from '../event-text.ts';
import type { Failed } from '../failure.ts';
import { ChangeLog, deleted, modified } from './change-log.ts';
import { Names } from '../names.ts';
import { eventSlots, type FlatEvents, type RestoredPart } from './flat-events.ts';

/** Rows that one step of `removeBySource` looks at: about 10 ms where all of them go. */
const sweepRows = 1000;

/** An event that was not simply created: its place in the list, and what lives under its identifier. */
export interface Exception {
  readonly index: number;
  readonly id: string;
  readonly acceptedAt: number;
  readonly status: 'duplicate' | 'conflict';
}

export interface Swept {
  readonly removed: number;
  readonly after: number;
  readonly until: number;
  readonly done: boolean;
}

interface Totals {
  events: number;
  bytes: number;
}

interface Known {
  readonly version: number;
  readonly source: number;
  readonly bytes: number;
}

/**
 * Carries out writes inside a transaction that the caller opened, and keeps the tallies. Throws what SQLite throws; the
 * caller then rolls the whole transaction back and calls `forget`. `at`: when a change is recorded, ms since the epoch.
 */
export class EventWriter {
  readonly #profiles: Names;
  readonly #sources: Names;
  readonly #changes: ChangeLog;
  readonly #statements;
  #tally = 0;
  /** What this transaction adds to the totals of each source, by its code. */
  readonly #totals = new Map<number, Totals>();
  #largest = 0;
  #largestStored = 0;

  constructor(database: DatabaseSync) {
    this.#profiles = new Names(database, 'profiles', true);
    this.#sources = new Names(database, 'sources', true);
    this.#changes = new ChangeLog(database);
    const insert =
      'INSERT INTO events (sequence, id, profile, source, created, accepted, version, modified_by, ' +
      'identifier, digest, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    this.#statements = {
      insert: database.prepare(insert),
      insertOnce: database.prepare(
        `${insert} ON CONFLICT (source, profile, identifier) WHERE identifier IS NOT NULL DO NOTHING`,
      ),
      twin: database.prepare(
        'SELECT id, accepted, created, digest FROM events WHERE source = ? AND profile = ? AND identifier = ?',
      ),
      same: database.prepare(
        'SELECT accepted, source = ? AND profile = ? AND created = ? AND version = ? AND modified_by IS ? ' +
          'AND identifier IS ? AND payload = ? AS same, accepted = ? AS sameAccepted FROM events WHERE id = ?',
      ),
      known: database.prepare('SELECT version, source, octet_length(payload) AS bytes FROM events WHERE id = ?'),
      replace: database.prepare('UPDATE events SET payload = ?, version = version + 1, modified_by = ? WHERE id = ?'),
      read: database.prepare(`SELECT ${eventColumns}, profile FROM events WHERE id = ?`),
      remove: database.prepare('DELETE FROM events WHERE id = ?'),
      last: database.prepare('SELECT coalesce(max(sequence), 0) AS sequence FROM events'),
      step: database.prepare(
        `SELECT coalesce(max(sequence), 0) AS sequence FROM (SELECT sequence FROM events ` +
          `WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ${sweepRows})`,
      ),
      swept: database.prepare(
        'SELECT coalesce(sum(octet_length(payload)), 0) AS bytes FROM events ' +
          'WHERE sequence > ? AND sequence <= ? AND source = ?',
      ),
      sweep: database.prepare('DELETE FROM events WHERE sequence > ? AND sequence <= ? AND source = ?'),
      left: database.prepare('SELECT events FROM sources WHERE code = ?'),
      totals: database.prepare('UPDATE sources SET events = events + ?, bytes = bytes + ? WHERE code = ?'),
      tally: database.prepare("UPDATE tallies SET value = value + ? WHERE name = 'events'"),
      grow: database.prepare("UPDATE tallies SET value = max(value, ?) WHERE name = 'largest-payload'"),
      savepoint: database.prepare('SAVEPOINT request'),
      release: database.prepare('RELEASE request'),
      undo: database.prepare('ROLLBACK TO request'),
    };
    this.#statements.read.setReturnArrays(true);
  }

  append(events: FlatEvents): readonly Exception[] {
    return this.#append(events);
  }

  /** Events as they once were; `restored` has one place for each. */
  restore(events: FlatEvents, restored: readonly RestoredPart[]): readonly Exception[] {
    return this.#append(events, restored);
  }

  outdate(sequence: number): void {
    this.#changes.outdate(sequence);
  }

  /** Before the commit: writes what this transaction adds to the tallies. */
  settle(): void {
    if (this.#tally !== 0) this.#statements.tally.run(this.#tally);
    this.#tally = 0;
    for (const [source, { events, bytes }] of this.#totals) this.#statements.totals.run(events, bytes, source);
    this.#totals.clear();
    if (this.#largest > this.#largestStored) this.#statements.grow.run(this.#largest);
    this.#largestStored = this.#largest;
  }

  /** After a rollback. */
  forget(): void {
    this.#tally = 0;
    this.#totals.clear();
    this.#largestStored = 0;
    this.#changes.forget();
    this.#profiles.forget();
    this.#sources.forget();
  }

  /** With `restored`: events as they once were. */
  #append(events: FlatEvents, restored?: readonly RestoredPart[]): readonly Exception[] {
    // One event is atomic without it: the savepoint is for lists only.
    const savepoint = events.length > eventSlots;
    if (savepoint) this.#statements.savepoint.run();
    const exceptions: Exception[] = [];
    let conflict = false;
    const created: number[] = [];
    for (let at = 0; at < events.length; at += eventSlots) {
      const once = restored?.[at / eventSlots];
      const exception = (once && this.#livesAlready(events, at, once)) ?? this.#insert(events, at, once);
      if (exception === undefined) created.push(at);
      else {
        exceptions.push(exception);
        conflict ||= exception.status === 'conflict';
      }
    }
    if (conflict) {
      if (savepoint) this.#statements.undo.run();
      this.#profiles.forget();
      this.#sources.forget();
    } else {
      for (const at of created)
        this.#add(this.#sources.make(events[at + 2] as string), 1, Buffer.byteLength(events[at + 5] as string));
    }
    if (savepoint) this.#statements.release.run();
    return exceptions;
  }

  /** What lives already under the id of an event that is restored. */
  #livesAlready(events: FlatEvents, at: number, once: RestoredPart): Exception | undefined {
    const [id, profile, source, created, accepted, payload, identifier] = events.slice(at, at + eventSlots) as [
      string,
      string,
      string,
      number,
      number,
      string,
      string | null,
    ];
    const codes = [this.#sources.make(source), this.#profiles.make(profile)] as const;
    const [version, modifiedBy] = [once.version, this.#modifier(once.modifiedBy)];
    const found = this.#statements.same.get(
      ...codes,
      created,
      version,
      modifiedBy,
      identifier,
      payload,
      accepted,
      id,
    ) as { accepted: number; same: number; sameAccepted: number } | undefined;
    if (!found) return undefined;
    const same = found.same === 1 && found.sameAccepted === 1;
    return { index: at / eventSlots, id, acceptedAt: found.accepted, status: same ? 'duplicate' : 'conflict' };
  }

  /** The code of the source that modified an event, or none. */
  #modifier(name: string | undefined): number | null {
    return name === undefined ? null : this.#sources.make(name);
  }

  #insert(events: FlatEvents, at: number, once: RestoredPart | undefined): Exception | undefined {
    const profile = this.#profiles.make(events[at + 1] as string);
    const source = this.#sources.make(events[at + 2] as string);
    const id = events[at] as string;
    const created = events[at + 3] as number;
    const identifier = events[at + 6] as string | null;
    const digest = events[at + 7] as string | null;
    const payload = events[at + 5] as string;
    if (payload.length > this.#largest) this.#largest = payload.length;
    const statement = identifier === null ? this.#statements.insert : this.#statements.insertOnce;
    const sequence = this.#changes.next;
    const { changes } = statement.run(
      sequence,
      id,
      profile,
      source,
      created,
      events[at + 4] as number,
      once?.version ?? 1,
      this.#modifier(once?.modifiedBy),
      identifier,
      digest,
      payload,
    );
    if (changes === 1 || identifier === null) {
      this.#changes.took(sequence);
      return undefined;
    }
    const twin = this.#statements.twin.get(source, profile, identifier) as {
      id: string;
      accepted: number;
      created: number;
      digest: string | null;
    };
    const same = !once && twin.digest === digest && (events[at + 8] === 0 || twin.created === created);
    return { index: at / eventSlots, id: twin.id, acceptedAt: twin.accepted, status: same ? 'duplicate' : 'conflict' };
  }

  #add(source: number, events: number, bytes: number): void {
    this.#tally += events;
    const totals = this.#totals.get(source);
    if (totals === undefined) this.#totals.set(source, { events, bytes });
    else {
      totals.events += events;
      totals.bytes += bytes;
    }
  }

  /** The event that a write is about, or why there is none. */
  #known(id: string, ifVersion: number | undefined): Known | Failed {
    const known = this.#statements.known.get(id) as Known | undefined;
    if (known === undefined) return { kind: 'failed', failure: 'not-found' };
    return ifVersion === undefined || known.version === ifVersion
      ? known
      : { kind: 'failed', failure: 'version-mismatch' };
  }

  replace(
    id: string,
    payload: string,
    ifVersion: number | undefined,
    modifiedBy: string | undefined,
    at: number,
  ): StoredEvent | Failed {
    const known = this.#known(id, ifVersion);
    if ('kind' in known) return known;
    this.#add(known.source, 0, Buffer.byteLength(payload) - known.bytes);
    this.#statements.replace.run(payload, this.#modifier(modifiedBy), id);
    this.#changes.record(modified, id, at);
    if (payload.length > this.#largest) this.#largest = payload.length;
    const row = this.#statements.read.get(id) as unknown as EventRow;
    const profile = row[afterEvent] as number;
    const json = eventText(row, this.#profiles.quoted(profile), this.#sources.quoted, row[7]);
    const source = this.#sources.name(row[1]);
    return { id, profile: this.#profiles.name(profile), source, version: row[4], json };
  }

  remove(id: string, ifVersion: number | undefined, at: number): Failed | undefined {
    const known = this.#known(id, ifVersion);
    if ('kind' in known) return known;
    this.#changes.record(deleted, id, at);
    this.#statements.remove.run(id);
    this.#add(known.source, -1, -known.bytes);
    return undefined;
  }

  /**
   * One step of removing a source's events: examines a bounded number of rows after `after`, up to `until` (-1: the
   * last row now). The last step is the one after which the source has none.
   */
  sweep(source: string, after: number, until: number, at: number): Swept {
    const end = until < 0 ? (this.#statements.last.get()?.['sequence'] as number) : until;
    const step = this.#statements.step.get(after, end)?.['sequence'] as number;
    const code = this.#sources.code(source);
    if (code === undefined) return { removed: 0, after: end, until: end, done: true };
    if (step !== 0) this.#changes.recordSource(code, after, step, at);
    const bytes = step === 0 ? 0 : (this.#statements.swept.get(after, step, code)?.['bytes'] as number);
    const removed = step === 0 ? 0 : Number(this.#statements.sweep.run(after, step, code).changes);
    this.#add(code, -removed, -bytes);
    return { removed, after: step, until: end, done: step === 0 || step >= end || this.#eventsOf(code) === 0 };
  }

  #eventsOf(source: number): number {
    const settled = this.#statements.left.get(source)?.['events'] as number;
    return settled + (this.#totals.get(source)?.events ?? 0);
  }
}

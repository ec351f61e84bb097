import { Inject, Injectable } from '@nestjs/common';
import type { AdminCaller, AuditEntry, BulkCount, BulkOutcome, BulkStream, Export } from '@datakeep/contracts';
import { lruMap, type Clock, CLOCK } from '@datakeep/kernel';
import { AuditLog } from '@datakeep/registry';

/** Reading events of one profile is recorded once in this time, ms: a page that shows them sends many requests. */
const lookMs = 60_000;
const looksKept = 10_000;

/**
 * What the admin did with events, in the audit log: one entry for each act, with counts, and nothing of what the events
 * say.
 */
@Injectable()
export class EventActs {
  /** When each look was last noted, by session, act and profile. */
  readonly #noted = lruMap<{ readonly at: number }>(looksKept);

  constructor(
    private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A query, an aggregation or the reading of an event; `details` are those of the first in a minute. */
  async looked(
    caller: AdminCaller,
    action: 'events.queried' | 'events.aggregated' | 'events.read',
    profile: string,
    details: NonNullable<AuditEntry['details']>,
  ): Promise<void> {
    const key = `${caller.sessionId} ${action} ${profile}`;
    const now = this.clock.monotonic();
    const noted = this.#noted.get(key);
    if (noted !== undefined && now - noted.at < lookMs) return;
    this.#noted.set(key, { at: now });
    try {
      await this.#record(caller, action, { kind: 'profile', id: profile }, details);
    } catch (error) {
      this.#noted.delete(key);
      throw error;
    }
  }

  changed(
    caller: AdminCaller,
    action: 'event.modified' | 'event.deleted',
    id: string,
    details: NonNullable<AuditEntry['details']>,
  ): Promise<void> {
    return this.#record(caller, action, { kind: 'event', id }, details);
  }

  /** The lines of an export, noted when they end, wherever that is. */
  async *exported(caller: AdminCaller, { lines, count, profile }: Export): AsyncGenerator<string, void, undefined> {
    let complete = false;
    try {
      yield* lines;
      complete = true;
    } finally {
      await this.#record(caller, 'events.exported', subjectOf(profile), { ...count, complete });
    }
  }

  /** Runs an import, noted with what of it is stored, however it ends. */
  async imported(
    caller: AdminCaller,
    stream: BulkStream,
    run: (stream: BulkStream) => Promise<BulkOutcome>,
  ): Promise<BulkOutcome> {
    let stored: BulkCount = { lines: 0, accepted: 0, duplicates: 0 };
    let complete = false;
    try {
      const outcome = await run({
        body: stream.body,
        admit: () => stream.admit(),
        progress: (count) => {
          stored = count;
          stream.progress(count);
        },
      });
      const { stopped, ...count } = outcome;
      stored = count;
      complete = stopped === undefined;
      return outcome;
    } finally {
      const { lines, accepted, duplicates } = stored;
      await this.#record(caller, 'events.imported', subjectOf(undefined), { lines, accepted, duplicates, complete });
    }
  }

  #record(
    caller: AdminCaller,
    action: string,
    subject: AuditEntry['subject'],
    details: NonNullable<AuditEntry['details']>,
  ): Promise<void> {
    return this.audit.record({ action, actor: { kind: 'admin', id: caller.adminId }, subject, details });
  }
}

const subjectOf = (profile: string | undefined): AuditEntry['subject'] =>
  profile === undefined ? { kind: 'keep', id: 'events' } : { kind: 'profile', id: profile };

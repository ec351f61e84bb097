import { createHash } from 'node:crypto';

import type { Audit, AuditEntry, Paging, RecordPage } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { type Clock, DatakeepError } from '@datakeep/kernel';
import canonicalize from 'canonicalize';
import { auditDefinition, entryId, toRow, type AuditRecord, type StoredEntry } from './audit-entry.ts';
import { listAudit, type AuditFilter } from './audit-list.ts';

/** `previousHash` of the first entry. */
export const chainStart = '0'.repeat(64);

interface Job {
  readonly writes: readonly Write[];
  readonly entries: readonly AuditEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 200;
/** How often another process may take the next position of the chain before the append fails. */
const maxRetries = 50;

/** Other processes were faster each time. A `DocumentConflict` would say that the caller's own write met one. */
export const outrun = (cause: DocumentConflict): DatakeepError =>
  new DatakeepError('storage-busy', 'Other writes were in the way. Nothing was done.', { cause, retryAfterSeconds: 1 });

/**
 * The audit log: append-only, each entry carrying the hash of the one before. A change and its entry are one unit of
 * work (`commit`); entries without a change that arrive while one is being committed share the next commit. The
 * record's id, which is its sequence, decides between processes.
 */
export class AuditLog implements Audit {
  readonly #log: Collection<StoredEntry>;
  #head: { sequence: number; hash: string } | undefined;
  #queue: Job[] = [];
  #busy = false;
  readonly #watchers = new Set<() => void>();

  constructor(private readonly options: { readonly documents: DocumentStore; readonly clock: Clock }) {
    this.#log = options.documents.collection(auditDefinition);
  }

  /** Of what was done. A failure says that its outcome is unknown, never that nothing was done. */
  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.commit([], entry);
    } catch (cause) {
      if (DatakeepError.from(cause)?.status !== 503) throw cause;
      const detail = 'The outcome is unknown: the audit log may lack the entry of what was done.';
      throw new DatakeepError('storage-unreachable', detail, { cause, retryAfterSeconds: 1 });
    }
  }

  /**
   * Commits `writes` together with the entries. Rejects with the `DocumentConflict` that a write of `writes` met; then
   * nothing happened.
   */
  commit(writes: readonly Write[], ...entries: readonly AuditEntry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ writes, entries, resolve, reject });
      if (!this.#busy) void this.#work();
    });
  }

  list(filter: AuditFilter, paging: Paging): Promise<RecordPage<AuditRecord>> {
    return listAudit(this.#log, filter, paging);
  }

  /** At most 1,000 entries after the one with that sequence, oldest first. */
  async since(sequence: number): Promise<readonly AuditRecord[]> {
    const records = await this.#log.find({
      where: { sequence: { gt: sequence } },
      sort: { field: 'sequence', direction: 'ascending' },
      limit: 1000,
    });
    return records.map(toRow);
  }

  /** The sequence of the newest entry, 0 for none. */
  async lastSequence(): Promise<number> {
    return (await this.#readHead()).sequence;
  }

  /** Calls back after each commit of this process. Returns how to stop. */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      // A change goes alone, so that its conflict is its own; entries without a change go together.
      const withChange = this.#queue.findIndex((job) => job.writes.length > 0);
      const size =
        first.writes.length > 0 ? 1 : Math.min(withChange === -1 ? this.#queue.length : withChange, maxBatch);
      const batch = this.#queue.splice(0, size);
      try {
        await this.#append(
          batch.flatMap((job) => job.writes),
          batch.flatMap((job) => job.entries),
        );
        for (const job of batch) job.resolve();
      } catch (error) {
        for (const job of batch) job.reject(error);
      }
    }
    this.#busy = false;
  }

  async #append(writes: readonly Write[], entries: readonly AuditEntry[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      this.#head ??= await this.#readHead();
      let { sequence, hash } = this.#head;
      const appended: Write[] = [];
      for (const entry of entries) {
        sequence += 1;
        const record = this.#recordOf(entry, sequence, hash);
        hash = record.hash;
        appended.push(this.#log.insert(record));
      }
      try {
        // An entry without a change follows something that is already durable (a finished run): it needs no fsync.
        if (writes.length === 0) await this.options.documents.commit(appended, 'deferred');
        else await this.options.documents.commit([...writes, ...appended]);
        this.#head = { sequence, hash };
        for (const wake of this.#watchers) wake();
        return;
      } catch (error) {
        // Whatever happened, the head is read anew: an error may leave it unknown whether the commit took place.
        this.#head = undefined;
        const placeTaken =
          error instanceof DocumentConflict && error.collection === auditDefinition.name && error.kind === 'unique';
        if (!placeTaken) throw error;
        if (attempt >= maxRetries) throw outrun(error);
      }
    }
  }

  async #readHead(): Promise<{ sequence: number; hash: string }> {
    const [last] = await this.#log.find({ sort: { field: 'sequence', direction: 'descending' }, limit: 1 });
    return last ? { sequence: last.sequence, hash: last.hash } : { sequence: 0, hash: chainStart };
  }

  #recordOf(entry: AuditEntry, sequence: number, previousHash: string): StoredEntry {
    const record = {
      id: entryId(sequence),
      sequence,
      at: this.options.clock.now(),
      action: entry.action,
      actorKind: entry.actor.kind,
      actorId: entry.actor.id,
      subjectKind: entry.subject.kind,
      subjectId: entry.subject.id,
      details: entry.details,
      previousHash,
      hash: '',
    };
    return { ...record, hash: hashOf(toRow(record)) };
  }
}

/** What `hash` is for such content. */
export function hashOf({ hash: _hash, ...content }: AuditRecord): string {
  return createHash('sha256').update(canonicalize(content)!).digest('hex');
}

import { setImmediate as afterPoll } from 'node:timers/promises';
import type { Audit, AuditEntry } from '@datakeep/contracts';
import type { Logger } from '@datakeep/kernel';

/**
 * Audit entries of the view manager, written after the fact: a failure to write one is logged and does not fail the
 * caller. `append` does not wait; `settled` resolves when every entry so far is durable (or logged as lost).
 */
export class BestEffortAudit {
  readonly #pending = new Set<Promise<void>>();

  constructor(
    private readonly audit: Audit,
    private readonly logger: Logger,
  ) {}

  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.audit.record(entry);
    } catch (error) {
      this.logger.error('An audit entry could not be written', { reason: entry.action }, error);
    }
  }

  append(entry: AuditEntry): void {
    // Callers that wait for the event are answered first.
    const written = afterPoll()
      .then(() => this.record(entry))
      .finally(() => this.#pending.delete(written));
    this.#pending.add(written);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }
}

import type { Audit, AuditEntry } from '@datakeep/contracts';

export class RecordingAudit implements Audit {
  readonly entries: AuditEntry[] = [];
  /** Entries are written only once this resolves. */
  gate: Promise<void> = Promise.resolve();

  async record(entry: AuditEntry): Promise<void> {
    await this.gate;
    this.entries.push(entry);
  }

  of(action: string): AuditEntry[] {
    return this.entries.filter((entry) => entry.action === action);
  }
}

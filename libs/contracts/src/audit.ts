export interface AuditEntry {
  /** `app.created`, `permission.approved`, `association.used`, `run.finished`, … */
  readonly action: string;
  readonly actor: { readonly kind: 'admin' | 'app' | 'run' | 'keep'; readonly id: string };
  readonly subject: { readonly kind: string; readonly id: string };
  /** Small facts, never a secret, payload or body. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>> | undefined;
}

/**
 * Append-only, hash-chained. `record` resolves when the entry is stored: it survives the death of the process from then
 * on, and a power loss from the next durable commit of any record on.
 */
export interface Audit {
  record(entry: AuditEntry): Promise<void>;
}

export type AuditDetails = NonNullable<AuditEntry['details']>;

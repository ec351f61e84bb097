export interface AuditEntry {
  /** `app.created`, `permission.approved`, `association.used`, `run.finished`, … */
  readonly action: string;
  readonly actor: { readonly kind: 'admin' | 'app' | 'run' | 'keep'; readonly id: string };
  readonly subject: { readonly kind: string; readonly id: string };
  /** Small facts, never a secret, payload or body. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** Append-only, hash-chained. `record` resolves when the entry is durable. */
export interface Audit {
  record(entry: AuditEntry): Promise<void>;
}

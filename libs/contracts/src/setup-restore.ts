import type { Count, Timestamp } from '@datakeep/kernel';

/** What was restored: the moment that the backup is of (ISO 8601), and what is in it. */
export interface RestoredBackup {
  readonly createdDate: Timestamp;
  readonly events: Count;
  /** Apps, profiles, permissions, the audit trail and whatever else is no event. */
  readonly records: Count;
}

/**
 * Restoring a backup on the set-up page of a keep that has no admin yet. Provided where the keep's data lies in
 * DATA_DIR. The caller has checked the setup token.
 *
 * - One upload is kept, the latest that came whole; the next start of the keep removes it.
 * - `restore` resolves once all of the backup was unpacked and checked beside. Then the keep ends what it has in hand,
 *   closes, puts the backup in place of its files, which it keeps, and starts anew on the same port. A kill at any
 *   moment leaves the empty keep or the restored one.
 * - One at a time: `restore-under-way` (409).
 */
export interface SetupRestore {
  /** Stores an encrypted backup, and resolves with its bytes. Throws `storage-full`. */
  upload(content: AsyncIterable<Uint8Array>): Promise<number>;
  /**
   * Throws `not-found` where nothing was uploaded, 422 at `/passphrase` for one that does not open it, 422 at `` for a
   * backup that is damaged or of a later format.
   */
  restore(request: { readonly passphrase: string; readonly voidTokens: boolean }): Promise<RestoredBackup>;
}

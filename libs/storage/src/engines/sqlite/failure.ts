/** What a thread answers instead of a result; the main thread makes the DatakeepError. */
export type Failure =
  'not-found' | 'version-mismatch' | 'storage-full' | 'storage-unreachable' | 'query-timeout' | 'internal';

/** `reason` is for the log: it becomes the error's cause and is never shown to a caller. */
export interface Failed {
  readonly kind: 'failed';
  readonly failure: Failure;
  readonly reason?: string;
}

const sqliteFull = 13;
/** An extended code (SQLITE_IOERR_SHMSIZE): no room for the file beside the log, which a start makes. */
const noRoomForIndex = 4874;

/**
 * The meaning of a node:sqlite error for a caller. Primary result codes are the low byte of `errcode`
 * (sqlite.org/rescode.html).
 */
function failureOf(error: unknown): Failure {
  if (typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number') {
    const primary = error.errcode & 0xff;
    if (primary === sqliteFull || error.errcode === noRoomForIndex) return 'storage-full';
    // BUSY, NOMEM, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB: the file or its disk.
    return [5, 7, 8, 10, 11, 14, 15, 26].includes(primary) ? 'storage-unreachable' : 'internal';
  }
  return 'internal';
}

export function failed(error: unknown): Failed {
  return { kind: 'failed', failure: failureOf(error), reason: error instanceof Error ? error.message : String(error) };
}

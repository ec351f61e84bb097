import { DatakeepError } from '@datakeep/kernel';

// Primary result codes of https://www.sqlite.org/rescode.html; an extended code holds its primary one in the low byte.
const busy = 5;
const locked = 6;
const full = 13;
/** An extended code (SQLITE_IOERR_SHMSIZE): no room for the file beside the log, which a start makes. */
const noRoomForIndex = 4874;
const constraint = 19;

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** The columns of the unique index or primary key that `error` names, or `undefined` if it is another error. */
export function violatedColumns(error: unknown): string[] | undefined {
  if (primaryCode(error) !== constraint) return undefined;
  const list = /^UNIQUE constraint failed: (.+)$/.exec((error as Error).message)?.[1];
  return list?.split(', ').map((column) => column.slice(column.indexOf('.') + 1));
}

/** The catalogue's error for what SQLite says; what is no error of SQLite stays as it is. */
export function toStorageError(error: unknown): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  if (code === full || (error as { readonly errcode?: unknown }).errcode === noRoomForIndex)
    return new DatakeepError('storage-full', undefined, { cause: error });
  if (code === busy || code === locked) {
    return new DatakeepError('storage-busy', 'Another process has the store open.', {
      cause: error,
      retryAfterSeconds: 1,
    });
  }
  return new DatakeepError('storage-unreachable', undefined, { cause: error });
}

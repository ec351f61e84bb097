import { DatakeepError } from '@datakeep/kernel';

/*
 * Errors are recognised by the names and codes that the driver documents, so that this module does not load it. Codes:
 * https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
 */
const timeLimitCodes = new Set([50, 262]);
/** A server or a way to it that goes away, and (43, 237) the cursors that it had. */
const goneCodes = new Set([6, 7, 43, 64, 89, 91, 134, 189, 237, 9001, 10107, 11600, 11601, 11602, 13435, 13436]);
const fullCodes = new Set([14031, 12501]);
const duplicateKey = 11000;
const momentGone = 239;
const fullMessage = /disk is full|no space left/i;
const networkNames = new RegExp(
  '^(Mongo(Network|ServerSelection|ServerClosed|ClientClosed|PoolCleared|PoolClosed|NotConnected|TopologyClosed|' +
    'StalePrimary|ExpiredSession|OperationTimeout|ConnectionPool|WaitQueue)|PoolClearedOnNetwork)',
);

function codeOf(error: object): unknown {
  return 'code' in error ? error.code : undefined;
}

function isMongoError(error: unknown): error is Error {
  return error instanceof Error && /^(Mongo|PoolCleared)/.test(error.name);
}

/** Whether a unique index refused a write. */
export function isDuplicateKey(error: unknown): boolean {
  return isMongoError(error) && codeOf(error) === duplicateKey;
}

/** Whether a read was of a moment that the server no longer keeps, also as the cause of a catalogue's error. */
export function isMomentGone(error: unknown): boolean {
  if (error instanceof DatakeepError) return isMomentGone(error.cause);
  return isMongoError(error) && codeOf(error) === momentGone;
}

function hasWriteConcernError(error: object): boolean {
  const result = 'result' in error ? (error.result as { getWriteConcernError?: () => unknown } | undefined) : undefined;
  return typeof result?.getWriteConcernError === 'function' && result.getWriteConcernError() !== undefined;
}

/** The error of the connection that ended a bulk of writes, which the driver reports as one of the bulk. */
function wrapped(error: object): Error | undefined {
  return 'errorResponse' in error && error.errorResponse instanceof Error ? error.errorResponse : undefined;
}

/** Whether the server gave an operation up for its `maxTimeMS`. */
export function isTimeLimit(error: unknown): boolean {
  const code = isMongoError(error) && codeOf(error);
  return typeof code === 'number' && timeLimitCodes.has(code);
}

/**
 * The catalogue's error for a driver or server error; any other error is returned unchanged. Only the caller knows
 * whether a time limit was that of a query, which can be narrowed (`isTimeLimit`).
 */
export function toMongoStorageError(error: unknown, kind: 'read' | 'write'): unknown {
  if (!isMongoError(error)) return error;
  const inner = wrapped(error);
  if (inner) return toMongoStorageError(inner, kind);
  const code = codeOf(error);
  if (typeof code === 'number') {
    if (fullCodes.has(code)) return new DatakeepError('storage-full', undefined, { cause: error });
    if (timeLimitCodes.has(code) || goneCodes.has(code)) return unreachable(kind, error);
  }
  if (fullMessage.test(error.message)) return new DatakeepError('storage-full', undefined, { cause: error });
  if (networkNames.test(error.name) || error.name === 'MongoWriteConcernError' || hasWriteConcernError(error))
    return unreachable(kind, error);
  return new DatakeepError('internal', undefined, { cause: error });
}

export function unreachable(kind: 'read' | 'write', cause?: unknown): DatakeepError {
  const detail = kind === 'write' ? 'The outcome is unknown: send the same identifiers again.' : undefined;
  return new DatakeepError('storage-unreachable', detail, { cause, retryAfterSeconds: 1 });
}

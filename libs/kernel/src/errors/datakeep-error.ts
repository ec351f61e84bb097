import type { Count } from '../documented-scalars.ts';
import { problems, type ProblemCode } from './catalogue.ts';
import type { PlaceCode } from './place-codes.ts';

/** One wrong place of the input. */
export interface InputError {
  /** The event's place in a batch. */
  readonly index?: Count;
  /** The line of a stream, from 1. */
  readonly line?: Count;
  /** JSON Pointer (RFC 6901) into the body, or `/` and the parameter. */
  readonly pointer: string;
  readonly code: PlaceCode;
  readonly detail: string;
}

export interface DatakeepErrorOptions {
  /** At most 20 reach the caller. */
  readonly errors?: readonly InputError[] | undefined;
  /** Seconds, rounded up at the edge. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/**
 * An error that the caller may see as it is. `detail` is shown, so it holds no SQL, path, secret or stack.
 * Across processes it travels as `toJSON()` and is recognised by its code, never by `instanceof`.
 */
export class DatakeepError extends Error {
  override readonly name = 'DatakeepError';
  readonly code: ProblemCode;
  readonly errors: readonly InputError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail?: string, options: DatakeepErrorOptions = {}) {
    super(detail ?? problems[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return problems[this.code].status;
  }

  /** The wire form between processes; `DatakeepError.from` reads it back. */
  toJSON(): DatakeepErrorMessage {
    const { code, message: detail, errors, retryAfterSeconds } = this;
    return { code, detail, errors: errors.length > 0 ? errors : undefined, retryAfterSeconds };
  }

  /** The `DatakeepError` that `value` is or describes, or `undefined` if it has no code of the catalogue. */
  static from(value: unknown): DatakeepError | undefined {
    if (value instanceof DatakeepError) return value;
    if (typeof value !== 'object' || value === null || !('code' in value)) return undefined;
    const { code, detail, message, errors, retryAfterSeconds } = value as Partial<DatakeepErrorMessage> & {
      message?: string;
    };
    if (typeof code !== 'string' || !Object.hasOwn(problems, code)) return undefined;
    return new DatakeepError(code, detail ?? message, { errors, retryAfterSeconds });
  }

  /** 422 with one place. */
  static invalidAt(pointer: string, code: InputError['code'], detail: string): DatakeepError {
    return DatakeepError.invalid([{ pointer, code, detail }]);
  }

  /** 422 with the given places. */
  static invalid(errors: readonly InputError[], detail?: string): DatakeepError {
    const first = errors[0];
    return new DatakeepError(
      'invalid',
      detail ?? (first ? `${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}` : undefined),
      { errors },
    );
  }
}

/**
 * What comes before a write: a 503 that it is refused with says that nothing was done, as api.md promises. Only the
 * caller of a read knows that nothing was written yet.
 */
export async function beforeWriting<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw nothingDone(error);
  }
}

/** The same error; where it is a 503 that does not say so yet, with the words that nothing was done. */
export function nothingDone(error: unknown): unknown {
  const known = DatakeepError.from(error);
  if (known?.status !== 503) return error;
  const { code, message, retryAfterSeconds, cause } = known;
  const { title, remedy } = problems[code];
  // Without a detail the title and the remedy are what is shown.
  if (/nothing was/i.test(message === title ? title + remedy : message)) return error;
  const detail = `${message.replace(/\.$/, '')}. Nothing was done.`;
  return new DatakeepError(code, detail, { retryAfterSeconds, cause });
}

export interface DatakeepErrorMessage {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly InputError[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * What an error says to the owner, on the keep's own host: after what a caller may see also what caused it, such as a
 * file's name.
 */
export function ownersReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForCallers = error instanceof DatakeepError && error.cause instanceof Error;
  return isForCallers ? `${error.message}: ${(error.cause as Error).message}` : error.message;
}

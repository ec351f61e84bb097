import { pino, type DestinationStream } from 'pino';
import { DatakeepError, ownersReason } from '../errors/datakeep-error.ts';
import { showsColours } from '../config/terminal.ts';
import { readableLine } from './readable.ts';

/**
 * The fields of a log line. Fields that are not listed are dropped, so a body, a query value, a token or a cursor
 * cannot get into the log by being passed along; a new field is a decision made here.
 */
export const allowedLogFields = [
  'requestId',
  'method',
  'route',
  'status',
  'durationMs',
  'code',
  'reason',
  'appId',
  'adminId',
  'tokenId',
  'runId',
  'viewInstanceId',
  'viewTemplateId',
  'sourceCodeId',
  'profile',
  'permissionId',
  'eventId',
  'count',
  'bytes',
  'attempt',
  'state',
  'service',
  'engine',
  'runtime',
  'variable',
  'origin',
  'value',
  'address',
  'pid',
  'signal',
  'exitCode',
  'stack',
  'version',
  'node',
  'isolation',
] as const;

export type LogFields = Partial<Record<(typeof allowedLogFields)[number], string | number | boolean | undefined>>;

/**
 * Structured log, one JSON object a line; a line for a person where standard output is a terminal. Guarantees: fields
 * are allow-listed; an `Error` is logged as message and stack, never with its properties, and one that is expected in
 * an outage as code and cause.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields, error?: unknown): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const allowed = new Set<string>(allowedLogFields);

function pick(fields: LogFields): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (allowed.has(name) && value !== undefined) picked[name] = value;
  return picked;
}

/** Bytes of lines that may wait for the reader of the log; lines beyond are lost. */
const waitingBytesMax = 1024 * 1024;

/**
 * Standard output: JSON, or lines for a person where it is a terminal. A reader that stops reading costs lines, and
 * neither memory nor time; a reader that goes away ends the log.
 * Trap: at the exit, pino's own destination tries for ever to write to a reader that has gone.
 */
const standardOutput: DestinationStream = {
  write: (line) => {
    const { stdout } = process;
    if (!stdout.writable || stdout.writableLength > waitingBytesMax) return;
    stdout.write(stdout.isTTY ? `${readableLine(line.trimEnd(), showsColours(stdout))}\n` : line);
  },
};
const ignoreBrokenPipe = (): void => {};

export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!destination && !process.stdout.listeners('error').includes(ignoreBrokenPipe))
    process.stdout.on('error', ignoreBrokenPipe);
  const log = pino(options, destination ?? standardOutput);
  return {
    debug: (message, fields = {}) => log.debug(pick(fields), message),
    info: (message, fields = {}) => log.info(pick(fields), message),
    warn: (message, fields = {}) => log.warn(pick(fields), message),
    error: (message, fields = {}, error) => log.error({ ...pick(fields), ...fieldsOf(error) }, message),
  };
}

/** Of what is away, busy or full the stack says nothing. */
function fieldsOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return {};
  if (error instanceof DatakeepError && error.status > 500) return { code: error.code, reason: ownersReason(error) };
  return { reason: error.message, stack: error.stack };
}

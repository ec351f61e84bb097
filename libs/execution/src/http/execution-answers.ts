import type {
  ExecutionLimits,
  ExecutionOutcome,
  Isolation,
  RunError,
  RunLogLine,
  RunUsage,
  SourceFile,
} from '@datakeep/contracts';
import { isObject, type RunErrorCode, runErrors } from '@datakeep/kernel';
import { logLevels } from '../frames/frames.ts';
import { RunLogs } from '../process/run-logs.ts';
import { resultFault } from '../process/view-result.ts';
import type { ExchangeAnswer } from '../data-endpoint/exchange.ts';

type Members = Readonly<Partial<Record<string, unknown>>>;

const maxMessage = 1000;

/** The answer's JSON object, or undefined. */
export function objectOf(answer: ExchangeAnswer): Members | undefined {
  try {
    const value: unknown = JSON.parse(answer.body.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the other side says for people, short and printable; undefined: nothing. */
export function messageOf(answer: ExchangeAnswer): string | undefined {
  const body = objectOf(answer);
  const message = body
    ? [body['message'], body['detail'], body['error']].find((part) => typeof part === 'string')
    : undefined;
  const plain = /^text\/plain\b/.test(answer.headers['content-type'] ?? '')
    ? answer.body.toString('utf8', 0, 4 * maxMessage)
    : undefined;
  const text = printable(typeof message === 'string' ? message : (plain ?? ''));
  return text === '' ? undefined : text;
}

function printable(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
  return line.length > maxMessage ? `${line.slice(0, maxMessage)}…` : line;
}

/** `{ sourceCode: [ { name, language, code } ] }`; undefined: it is something else. */
export function filesOf(answer: ExchangeAnswer): readonly SourceFile[] | undefined {
  const list = objectOf(answer)?.['sourceCode'];
  if (!Array.isArray(list)) return undefined;
  const files = list.flatMap((entry: unknown) => {
    const { name, code } = (typeof entry === 'object' && entry !== null ? entry : {}) as Members;
    return typeof name === 'string' && typeof code === 'string' ? [{ path: name, content: code }] : [];
  });
  return files.length === list.length ? files : undefined;
}

/**
 * An answer to `executeSourceCode` of status 200 or 400 as an outcome; a string: why it is not a legal one. `wallMs` is
 * what the keep measured.
 */
export function outcomeOf(
  answer: ExchangeAnswer,
  limits: ExecutionLimits,
  isolation: Isolation,
  wallMs: number,
): ExecutionOutcome | string {
  const body = objectOf(answer);
  if (!body) return 'answered with what is no JSON object';
  const logs = logsOf(body, limits.logBytes);
  const base = { logs: logs.lines, isolation, usage: usageOf(body['usage'], wallMs, logs.dropped) };
  if (answer.status === 400) {
    const error = failureOf(body, messageOf(answer) ?? 'The execution service says that the code failed, and not why.');
    return { ...base, state: error.code === 'view-timed-out' ? 'timed-out' : 'failed', error };
  }
  const failed = (code: RunErrorCode, message: string): ExecutionOutcome => ({
    ...base,
    state: 'failed',
    error: { code, message },
  });
  const resultJson = jsonOf(body['result']);
  if (Buffer.byteLength(resultJson) > limits.resultBytes)
    return failed('view-result-too-large', `The result is larger than ${limits.resultBytes} bytes.`);
  const fault = resultFault(resultJson);
  if (fault !== undefined) return failed('view-result-not-json', fault);
  return { ...base, state: 'succeeded', resultJson };
}

/** A string of JSON is that JSON, to the letter; any other value is its own JSON; none is null. */
function jsonOf(result: unknown): string {
  if (typeof result !== 'string') return JSON.stringify(result ?? null);
  try {
    JSON.parse(result);
    return result.trim();
  } catch {
    return JSON.stringify(result.toWellFormed());
  }
}

function failureOf(body: Members, message: string): RunError {
  const error = (typeof body['error'] === 'object' && body['error'] !== null ? body['error'] : {}) as Members;
  const { code, file, line } = error;
  const known = typeof code === 'string' && Object.hasOwn(runErrors, code) ? code : 'view-threw';
  const inner =
    typeof body['error'] === 'string'
      ? printable(body['error'])
      : typeof error['message'] === 'string'
        ? printable(error['message'])
        : '';
  return {
    code: known,
    message: inner === '' || message.includes(inner) ? message : `${message.replace(/\.$/, '')}: ${inner}`,
    ...(typeof file === 'string' ? { file: printable(file) } : {}),
    ...(typeof line === 'number' && Number.isInteger(line) && line > 0 ? { line } : {}),
  };
}

/** The lines with their times where the service sends them, else its stdout and stderr; up to the run's limit. */
function logsOf(body: Members, limitBytes: number): RunLogs {
  let at = Date.now();
  const logs = new RunLogs(limitBytes, () => at);
  const lines = body['logs'];
  if (Array.isArray(lines)) {
    for (const line of lines as Members[]) {
      const { at: time, level, text } = (typeof line === 'object' && line !== null ? line : {}) as Partial<RunLogLine>;
      const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
      if (!Number.isNaN(ms)) at = ms;
      if (typeof text === 'string') logs.add(logLevels.find((known) => known === level) ?? 'info', text);
    }
    return logs;
  }
  for (const [stream, level] of [['stdout', 'info'] as const, ['stderr', 'error'] as const])
    if (typeof body[stream] === 'string') logs.addOutput(level, Buffer.from(body[stream]));
  return logs;
}

function usageOf(reported: unknown, wallMs: number, dropped: number): RunUsage {
  const members = (typeof reported === 'object' && reported !== null ? reported : {}) as Members;
  const figure = (name: keyof RunUsage): number => {
    const value = members[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
  };
  return {
    wallMs: Math.round(wallMs * 100) / 100,
    cpuMs: figure('cpuMs'),
    peakMemoryMiB: figure('peakMemoryMiB'),
    eventsRead: figure('eventsRead'),
    eventsWritten: figure('eventsWritten'),
    bytesRead: figure('bytesRead'),
    logBytesDropped: figure('logBytesDropped') + dropped,
  };
}

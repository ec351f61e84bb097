import { types } from 'node:util';
import type { RunnerFailure } from '../../frames/frames.ts';

const maxMessage = 4096;
/** What the kernel refuses by RLIMIT_DATA, where one allocation is too large for the supervisor to see it grow. */
const refusedAllocation = 'RangeError: Array buffer allocation failed';

/** The report of a value that view code threw: its message and its position in the view's own files. Never throws. */
export function describeThrown(
  thrown: unknown,
  known: string | undefined,
  isViewFile: (path: string) => boolean,
): Pick<RunnerFailure, 'code' | 'message' | 'file' | 'line'> {
  let code = known ?? 'view-threw';
  try {
    if (!types.isNativeError(thrown)) return { code, message: `Thrown: ${cut(printed(thrown))}` };
    const name = String(thrown.name);
    const message = cut(name === 'Error' ? String(thrown.message) : `${name}: ${String(thrown.message)}`);
    if (known === undefined && message === refusedAllocation) code = 'view-out-of-memory';
    for (const line of String(thrown.stack).split('\n')) {
      const place = /(?:^|\(|\bat )([^\s():]+):(\d+)(?::\d+)?\)?$/.exec(line);
      if (place && isViewFile(place[1]!)) return { code, message, file: place[1]!, line: Number(place[2]) };
    }
    return { code, message };
  } catch {
    return { code, message: 'The view threw a value that cannot be read.' };
  }
}

/** The stack of a value that view code threw. Never throws. */
export function stackOf(thrown: unknown): string {
  try {
    return cut(String((thrown as Error).stack));
  } catch {
    return '';
  }
}

function printed(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const { message } = value as { message?: unknown };
    return typeof message === 'string' ? message : (JSON.stringify(value)?.slice(0, maxMessage) ?? 'an object');
  }
  return String(value);
}

function cut(text: string): string {
  return text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text;
}

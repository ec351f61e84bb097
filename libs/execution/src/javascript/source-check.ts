import { DatakeepError, type Clock } from '@datakeep/kernel';
import type { Exit, ViewProcess } from '../process/view-process.ts';
import { frameKinds, type CheckComplaint, type SourceBundle } from './runner/frames.ts';

const limitMs = 2000;
const startAttempts = 3;
const maxAnswerBytes = 64 * 1024;

/** Compiles source in a view process of its own, one at a time, and refuses what does not compile. No line of it is run. */
export class SourceCheck {
  readonly #start: () => ViewProcess;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(start: () => ViewProcess, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  /** Throws `invalid` with the places, `execution-service-unreachable` when no process starts. */
  run(bundle: SourceBundle): Promise<void> {
    const check = this.#last.then(() => this.#check(bundle));
    this.#last = check.catch(() => undefined);
    return check;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  async #ready(): Promise<ViewProcess> {
    for (let attempt = 1; ; attempt++) {
      const process = this.#start();
      try {
        await process.ready;
        return process;
      } catch (cause) {
        await process.exited;
        if (attempt === startAttempts)
          throw new DatakeepError('execution-service-unreachable', 'The view processes do not start. Nothing was stored.', { cause });
      }
    }
  }

  async #check(bundle: SourceBundle): Promise<void> {
    const process = await this.#ready();
    const answer = Promise.withResolvers<string>();
    process.attach({
      limitOf: (kind) => (kind === frameKinds.checked ? maxAnswerBytes : -1),
      frame: (_kind, _id, body) => answer.resolve(body.toString()),
      output: () => undefined,
    });
    const timer = this.#clock.setTimer(
      limitMs,
      () => void process.kill({ code: 'view-timed-out', message: 'The source takes too long to compile.' }),
    );
    process.send(frameKinds.check, 0, JSON.stringify(bundle));
    const told = await Promise.race([answer.promise, process.exited]);
    timer.cancel();
    await process.kill({ code: 'checked', message: 'done' });
    const complaints = typeof told === 'string' ? (JSON.parse(told) as CheckComplaint[]) : [complaintOf(told, bundle)];
    if (complaints.length === 0) return;
    throw DatakeepError.invalid(
      complaints.map(({ path, message, line, column }) => {
        const index = bundle.files.findIndex((file) => file.path === path);
        const place = line === undefined ? '' : `, line ${line}${column === undefined ? '' : `, column ${column}`}`;
        return { pointer: index < 0 ? '/files' : `/files/${index}/content`, code: 'source' as const, detail: `${path}${place}: ${message}` };
      }),
    );
  }
}

/** Reads what Node prints of a syntax error: `path:line`, the line, a caret under the column, the message. */
function complaintOf(exit: Exit, bundle: SourceBundle): CheckComplaint {
  const { killed, stderrTail } = exit;
  if (killed) return { path: '', message: killed.message };
  const lines = stderrTail.split('\n');
  const at = lines.findIndex((line) => bundle.files.some(({ path }) => line.startsWith(`${path}:`)));
  const message = /^SyntaxError: (.{1,300})/m.exec(stderrTail)?.[1];
  if (at < 0 || message === undefined) return { path: '', message: 'The source cannot be compiled.' };
  const head = lines[at]!;
  const split = head.lastIndexOf(':');
  const column = (lines[at + 2]?.indexOf('^') ?? -1) + 1;
  return { path: head.slice(0, split), message, line: Number(head.slice(split + 1)), ...(column > 0 ? { column } : {}) };
}

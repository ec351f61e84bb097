import { DatakeepError, type Clock } from '@datakeep/kernel';
import { frameKinds, type CheckComplaint, type SourceBundle } from '../frames/frames.ts';
import type { Language } from './language.ts';
import type { Exit, ViewProcess } from './view-process.ts';

const limitMs = 2000;
const startAttempts = 3;
const maxAnswerBytes = 64 * 1024;

/**
 * Compiles source in a view process of its own, one at a time, and refuses what does not compile. None of the source is
 * run.
 */
export class SourceCheck {
  readonly #language: Language;
  readonly #start: () => ViewProcess;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(language: Language, start: () => ViewProcess, clock: Clock) {
    this.#language = language;
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
          throw new DatakeepError(
            'execution-service-unreachable',
            'The view processes do not start. Nothing was stored.',
            { cause },
          );
      }
    }
  }

  async #check(bundle: SourceBundle): Promise<void> {
    const process = await this.#ready();
    const answer = Promise.withResolvers<string | Exit>();
    process.attach({
      limitOf: (kind) => (kind === frameKinds.checked ? maxAnswerBytes : -1),
      frame: (_kind, _id, body) => answer.resolve(body.toString()),
      output: () => undefined,
      ended: (exit) => answer.resolve(exit),
    });
    const timer = this.#clock.setTimer(
      limitMs,
      () => void process.kill({ code: 'view-timed-out', message: 'The source takes too long to compile.' }),
    );
    process.send(frameKinds.check, 0, JSON.stringify(bundle));
    const answered = await answer.promise;
    timer.cancel();
    await process.kill({ code: 'checked', message: 'done' });
    const complaints =
      typeof answered === 'string' ? (JSON.parse(answered) as CheckComplaint[]) : [this.#complaintOf(answered, bundle)];
    if (complaints.length === 0) return;
    throw DatakeepError.invalid(
      complaints.map(({ path, message, line, column }) => {
        const index = bundle.files.findIndex((file) => file.path === path);
        const place = line === undefined ? '' : `, line ${line}${column === undefined ? '' : `, column ${column}`}`;
        return {
          pointer: index < 0 ? '/files' : `/files/${index}/content`,
          code: 'source' as const,
          detail: `${path}${place}: ${message}`,
        };
      }),
    );
  }
  #complaintOf(exit: Exit, bundle: SourceBundle): CheckComplaint {
    return exit.killed ? { path: '', message: exit.killed.message } : this.#language.complaintOf(exit, bundle);
  }
}

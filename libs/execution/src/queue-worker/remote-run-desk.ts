import type { AttemptName, BrokerMethod, ExecutionOutcome, RunAnswer, RunDesk, StopReason } from '@datakeep/contracts';
import { type Clock, DatakeepError, type Logger, type Timer } from '@datakeep/kernel';

/** How often the desk is asked which attempts are to be killed, ms. */
const askEveryMs = 1000;
/** How long the desk may be out of reach before the worker is told: longer than a restart of the view manager takes. */
const patienceMs = 60_000;
const firstPauseMs = 50;
const longestPauseMs = 1000;

interface Attempt extends AttemptName {
  readonly stop: (reason: StopReason) => void;
}

/**
 * The desk of another process, as a worker uses it: asks for its attempts that are to be killed, and waits for a view
 * manager that is being restarted.
 */
export class RemoteRunDesk implements RunDesk {
  readonly #desk: RunDesk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #attempts = new Set<Attempt>();
  readonly #pauses = new Map<Timer, () => void>();
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: { readonly desk: RunDesk; readonly clock: Clock; readonly logger: Logger }) {
    this.#desk = options.desk;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async begin(jobId: string, stop: (reason: StopReason) => void = () => undefined): Promise<RunAnswer> {
    const answer = await this.#patiently(() => this.#desk.begin(jobId));
    if (answer.kind === 'execute') {
      this.#attempts.add({ runId: answer.runId, attempt: answer.attempt, stop });
      this.#timer ??= this.#clock.setTimer(askEveryMs, () => void this.#ask());
    }
    return answer;
  }

  broker(run: AttemptName, method: BrokerMethod, argumentsJson: string): ReturnType<RunDesk['broker']> {
    return this.#desk.broker(run, method, argumentsJson);
  }

  async finish(run: AttemptName, outcome: ExecutionOutcome): Promise<void> {
    this.#forget(run);
    await this.#patiently(() => this.#desk.finish(run, outcome));
  }

  async interrupted(run: AttemptName, why: 'stopped' | 'service-failed'): Promise<boolean> {
    this.#forget(run);
    return this.#patiently(() => this.#desk.interrupted(run, why));
  }

  ended(runs: readonly AttemptName[]): ReturnType<RunDesk['ended']> {
    return this.#desk.ended(runs);
  }

  /** Waits for nothing any more: what is out of reach then is told at once. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const [timer, resume] of this.#pauses) {
      timer.cancel();
      resume();
    }
  }

  async #ask(): Promise<void> {
    try {
      const asked = [...this.#attempts];
      const ended = await this.#desk.ended(asked.map(({ runId, attempt }) => ({ runId, attempt })));
      for (const { runId, attempt, reason } of ended)
        for (const known of asked)
          if (known.runId === runId && known.attempt === attempt && this.#attempts.delete(known)) known.stop(reason);
    } catch (error) {
      this.#logger.debug('the run desk could not be asked which runs are to be ended', {
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
    this.#timer =
      this.#attempts.size === 0 || this.#closed ? undefined : this.#clock.setTimer(askEveryMs, () => void this.#ask());
  }

  #forget({ runId, attempt }: AttemptName): void {
    for (const known of this.#attempts)
      if (known.runId === runId && known.attempt === attempt) this.#attempts.delete(known);
  }

  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    const until = this.#clock.monotonic() + patienceMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        return await call();
      } catch (error) {
        const code = DatakeepError.from(error)?.code;
        const outOfReach = code === 'view-manager-unreachable' || code === 'storage-unreachable';
        if (!outOfReach || this.#closed || this.#clock.monotonic() > until) throw error;
        await this.#pause(pauseMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(ms, () => {
        this.#pauses.delete(timer);
        resolve();
      });
      this.#pauses.set(timer, resolve);
    });
  }
}

import type {
  AttemptId,
  BrokerMethod,
  ExecutionOutcome,
  RunAnswer,
  RunCoordinator,
  StopReason,
} from '@datakeep/contracts';
import { type Clock, DatakeepError, type Logger, type Timer } from '@datakeep/kernel';

/** How often the coordinator is asked which attempts are to be killed, ms. */
const askEveryMs = 1000;
/**
 * How long the coordinator may be out of reach before the worker hears of it: longer than a restart of the view manager
 * takes.
 */
const patienceMs = 60_000;
const firstPauseMs = 50;
const longestPauseMs = 1000;

interface Attempt extends AttemptId {
  readonly stop: (reason: StopReason) => void;
}

/**
 * The coordinator of another process, as a worker uses it: asks for its attempts that are to be killed, and waits for a
 * view manager that is being restarted.
 */
export class RemoteRunCoordinator implements RunCoordinator {
  readonly #coordinator: RunCoordinator;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #attempts = new Set<Attempt>();
  readonly #pauses = new Map<Timer, () => void>();
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: { readonly coordinator: RunCoordinator; readonly clock: Clock; readonly logger: Logger }) {
    this.#coordinator = options.coordinator;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async begin(jobId: string, stop: (reason: StopReason) => void = () => undefined): Promise<RunAnswer> {
    const answer = await this.#patiently(() => this.#coordinator.begin(jobId));
    if (answer.kind === 'execute') {
      this.#attempts.add({ runId: answer.runId, attempt: answer.attempt, stop });
      this.#timer ??= this.#clock.setTimer(askEveryMs, () => void this.#ask());
    }
    return answer;
  }

  broker(run: AttemptId, method: BrokerMethod, argumentsJson: string): ReturnType<RunCoordinator['broker']> {
    return this.#coordinator.broker(run, method, argumentsJson);
  }

  async finish(run: AttemptId, outcome: ExecutionOutcome): Promise<void> {
    this.#forget(run);
    await this.#patiently(() => this.#coordinator.finish(run, outcome));
  }

  async interrupted(run: AttemptId, why: 'stopped' | 'service-failed'): Promise<boolean> {
    this.#forget(run);
    return this.#patiently(() => this.#coordinator.interrupted(run, why));
  }

  ended(runs: readonly AttemptId[]): ReturnType<RunCoordinator['ended']> {
    return this.#coordinator.ended(runs);
  }

  /** Stops all waiting: a call to an unreachable service then fails at once. */
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
      const attempts = [...this.#attempts];
      const ended = await this.#coordinator.ended(attempts.map(({ runId, attempt }) => ({ runId, attempt })));
      for (const { runId, attempt, reason } of ended)
        for (const known of attempts)
          if (known.runId === runId && known.attempt === attempt && this.#attempts.delete(known)) known.stop(reason);
    } catch (error) {
      this.#logger.debug('the run coordinator could not be asked which runs are to be ended', {
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
    this.#timer =
      this.#attempts.size === 0 || this.#closed ? undefined : this.#clock.setTimer(askEveryMs, () => void this.#ask());
  }

  #forget({ runId, attempt }: AttemptId): void {
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

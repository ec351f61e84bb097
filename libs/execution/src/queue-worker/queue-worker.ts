import type {
  AttemptId,
  Broker,
  ExecutionOutcome,
  ExecutionService,
  RunCoordinator,
  RunJob,
  ExecutionTask,
  RunQueue,
  RunWorker,
  StopReason,
} from '@datakeep/contracts';
import { currentSpan, DatakeepError, SpanKind, traced, withSpan } from '@datakeep/kernel';

export interface QueueWorkerOptions {
  readonly queue: RunQueue;
  /** The view manager, in this process or another. */
  readonly coordinator: RunCoordinator;
  /** The execution services of this process, by runtime. */
  readonly runtimes: ReadonlyMap<string, ExecutionService>;
  /** See `ExecutionRequest`; asked at each run, since a port may be known only after listening. */
  readonly gatewayUrl?: () => string | undefined;
}

/**
 * Takes runs from the queue, fetches their tasks, has the services of this process execute them, and reports the
 * outcomes.
 */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  #worker: RunWorker | undefined;
  #closed = false;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
  }

  /** Does nothing once it was closed. */
  start(): void {
    if (!this.#closed) this.#worker = this.#options.queue.work((job, signal) => this.#handle(job, signal));
  }

  /** Takes no new run; running ones have `graceMs` to end, then go back to the queue. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await this.#worker?.close(graceMs);
  }

  /** Rejects when the run is to be delivered again. */
  async #handle(job: RunJob, queueSignal: AbortSignal): Promise<void> {
    const { coordinator } = this.#options;
    const stopping = new AbortController();
    let stopped: StopReason | undefined;
    // One controller, not AbortSignal.any: what that makes stays until the next collection of old objects, with all
    // that it refers to.
    queueSignal.addEventListener('abort', () => stopping.abort(), { once: true });
    if (queueSignal.aborted) stopping.abort();
    const answer = await coordinator.begin(job.id, (reason) => {
      stopped = reason;
      stopping.abort();
    });
    if (answer.kind === 'nothing') return;
    const { runId, attempt, runtime, traceparent: parent } = answer;
    const attributes = { 'datakeep.run.id': runId, 'datakeep.run.attempt': attempt, 'datakeep.runtime': runtime };
    await traced('run execute', { kind: SpanKind.CONSUMER, parent, attributes }, () =>
      this.#run(answer, stopping.signal, () => stopped),
    );
  }

  async #run(answer: ExecutionTask, signal: AbortSignal, stopped: () => StopReason | undefined): Promise<void> {
    const { coordinator } = this.#options;
    const attempt = { runId: answer.runId, attempt: answer.attempt };
    let outcome: ExecutionOutcome;
    try {
      outcome = await this.#execute(answer, attempt, signal);
    } catch (error) {
      if (await coordinator.interrupted(attempt, 'service-failed')) throw error;
      return;
    }
    // A shutdown ended it, and not a caller: that is no outcome.
    if (outcome.state !== 'cancelled' || stopped() === 'cancelled') await coordinator.finish(attempt, outcome);
    else if (await coordinator.interrupted(attempt, 'stopped')) throw new Error('The attempt was interrupted.');
  }

  async #execute(order: ExecutionTask, attempt: AttemptId, signal: AbortSignal): Promise<ExecutionOutcome> {
    const { coordinator, runtimes } = this.#options;
    const { sourceCodeId, reuseKey, parametersJson, dataEndpoint, limits } = order;
    const service = runtimes.get(order.runtime);
    if (!service)
      throw new DatakeepError(
        'execution-service-unreachable',
        `No execution service for ${order.runtime} is in this process.`,
      );
    // A view asks by a pipe that may be older than its run.
    const span = currentSpan();
    const broker: Broker = {
      call: async (method, argumentsJson) => {
        if (signal.aborted) throw new DatakeepError('run-finished', 'The run has ended.');
        return withSpan(span, () => coordinator.broker(attempt, method, argumentsJson));
      },
    };
    const gatewayUrl = this.#options.gatewayUrl?.();
    return service.execute({
      sourceCodeId,
      reuseKey,
      parametersJson,
      limits,
      broker,
      signal,
      ...(dataEndpoint === undefined ? {} : { dataEndpoint }),
      ...(gatewayUrl === undefined ? {} : { gatewayUrl }),
    });
  }
}

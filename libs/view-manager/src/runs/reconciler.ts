import { defaultRunQueueOptions, type RunQueue } from '@datakeep/contracts';
import type { Clock, Logger, Timer } from '@datakeep/kernel';
import type { DryRuns } from './dry-runs.ts';
import type { Instances } from '../instances/instances.ts';
import { jobIdOf } from '../attempts/job-ids.ts';
import type { TemplateVersions } from '../templates/template-versions.ts';
import { cancelled, exhausted, isTerminal, type RunRecords } from '../records/run-records.ts';
import type { RunningAttempt, RunningAttempts } from '../attempts/running-attempts.ts';

const reconcileEveryMs = 10_000;
/** A run younger than this may still be on its way into the queue. */
const settleMs = 5000;

/**
 * Brings records and queue together again at the start and each 10 s: queues again what the queue lost or gave up, and
 * ends what was delivered as often as a run may be.
 */
export class Reconciler {
  #timer: Timer | undefined;
  #pass: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly options: { queue: RunQueue; clock: Clock; logger: Logger },
    private readonly runs: RunRecords,
    private readonly instances: Instances,
    private readonly versions: TemplateVersions,
    private readonly dryRuns: DryRuns,
    private readonly running: RunningAttempts,
  ) {}

  /** Resolves when the first pass has been made: over every run, also those from before a clock was set back. */
  async start(): Promise<void> {
    this.#pass = this.#makePass(() => true);
    await this.#pass;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#pass;
  }

  /** The runs first: what the rest removes may take an execution service or the registry long. */
  async #makePass(isSettled: (createdAt: number) => boolean): Promise<void> {
    await this.#attempt('runs and queue', () => this.#reconcile(isSettled));
    await this.#attempt('view instances half made or deleted', () => this.instances.removeLeftovers());
    await this.#attempt('versions offered to instances', () => this.instances.moves.finish());
    await this.#attempt('former versions', () => this.versions.sweep(this.runs));
    await this.#attempt('dry runs', () => this.dryRuns.removeOrphans());
    if (this.#closed) return;
    this.#timer = this.options.clock.setTimer(reconcileEveryMs, () => {
      const now = this.options.clock.now();
      // What lies ahead is from before a clock was set back.
      this.#pass = this.#makePass((createdAt) => Math.abs(now - createdAt) > settleMs);
    });
  }

  async #reconcile(isSettled: (createdAt: number) => boolean): Promise<void> {
    for (const run of this.running.all()) await this.#look(run);
    const again = new Map<string, number>();
    for await (const record of this.runs.inState('queued'))
      if (isSettled(record.createdAt) && !(await this.options.queue.has(jobIdOf(record.id)))) {
        const behind = again.get(record.appId) ?? 0;
        again.set(record.appId, behind + 1);
        await this.#queueAgain(record.id, record.attempts, behind);
      }
    for await (const record of this.runs.inState('running')) {
      if (this.running.of(record.id).length > 0 || (await this.options.queue.has(jobIdOf(record.id)))) continue;
      if (record.cancelAsked === true) await this.runs.end(record, cancelled);
      else if (record.attempts < defaultRunQueueOptions.attempts) await this.#queueAgain(record.id, record.attempts);
      else await this.runs.end(record, exhausted);
    }
  }

  /** What fails is made again with the next pass, and holds up nothing else. */
  async #attempt(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.options.logger.error('A step of reconciling failed, and is made again', { reason: what }, error);
    }
  }

  /**
   * Stops an attempt that no longer counts, and forgets one whose worker, in another process, is silent or has reported
   * its end elsewhere: the records decide.
   */
  async #look(run: RunningAttempt): Promise<void> {
    const record = await this.runs.find(run.runId);
    if (record && (isTerminal(record) || record.attempts > run.attempt)) run.stop();
    else if (record?.cancelAsked === true) run.stop('cancelled');
    if (!run.here && (run.over || run.heardAt < this.options.clock.monotonic() - reconcileEveryMs))
      this.running.remove(run);
  }

  /** Harmless if the run has ended meanwhile: its job is delivered and finds nothing to do. */
  async #queueAgain(runId: string, attempt: number, behind = 0): Promise<void> {
    await this.options.queue.add(jobIdOf(runId), behind);
    this.options.logger.info('A run without a job was queued again', { runId, attempt });
  }
}

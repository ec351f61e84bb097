import type { Logger } from '@datakeep/kernel';
import { endThreads } from './threads.ts';

/** Time in which a balancer notices that the process is no longer ready. A person's Ctrl-C need not wait for one. */
const balancerMs = 2000;
/** By then the process ends, whatever still hangs. */
const deadlineMs = 15_000;
/** The same after a second signal. */
const impatientMs = 1000;

/** What can be asked to end. */
export interface Stoppable {
  /** Readiness answers 503 from now on; requests are still served. */
  announceStop(): void;
  /** Accepts no more, finishes what was accepted, and releases all resources. */
  close(): Promise<void>;
}

/** Ends the process gracefully at the first SIGTERM or SIGINT, at once at the second; at a deadline for certain. */
export function stopOnSignals(running: Stoppable, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      killIn(impatientMs, logger);
      void exit(1);
      return;
    }
    stopping = true;
    logger.info('stopping', { signal });
    killIn(deadlineMs, logger);
    running.announceStop();
    setTimeout(
      () => {
        running.close().then(
          () => {
            logger.info('stopped');
            return exit(0);
          },
          (error: unknown) => {
            logger.error('the shutdown failed', {}, error);
            return exit(1);
          },
        );
      },
      signal === 'SIGTERM' ? balancerMs : 0,
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/**
 * Trap: `process.exit` joins every thread, and one inside a long SQLite statement blocks it for good. SIGKILL joins
 * none.
 */
function killIn(ms: number, logger: Logger): void {
  setTimeout(() => {
    logger.error('the shutdown took too long: the process kills itself', { durationMs: ms });
    process.kill(process.pid, 'SIGKILL');
  }, ms).unref();
}

/** The threads end before, while the timer of `killIn` still runs. */
async function exit(code: number): Promise<void> {
  await endThreads();
  process.exit(code);
}

import type { Logger } from '@datakeep/kernel';

/** Time in which a balancer notices that the process is no longer ready (notes/security.md §8). A person's Ctrl-C need not wait for one. */
const balancerMs = 2000;
/** By then the process ends, whatever still hangs. */
const deadlineMs = 15_000;

/** What can be asked to end. */
export interface Stoppable {
  /** Readiness answers 503 from now on; requests are still served. */
  announceStop(): void;
  /** Accepts no more, finishes what was accepted, and lets go of everything. */
  close(): Promise<void>;
}

/** Ends the process gracefully at the first SIGTERM or SIGINT, at once at the second. */
export function stopOnSignals(running: Stoppable, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info('stopping', { signal });
    setTimeout(() => process.exit(1), deadlineMs).unref();
    running.announceStop();
    setTimeout(
      () => {
        running.close().then(
          () => {
            logger.info('stopped');
            process.exit(0);
          },
          (error: unknown) => {
            logger.error('the shutdown failed', {}, error);
            process.exit(1);
          },
        );
      },
      signal === 'SIGTERM' ? balancerMs : 0,
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

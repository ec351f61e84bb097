import type { Logger } from '@datakeep/kernel';
import type { RunningKeep } from './bootstrap.ts';

/** Time in which a balancer notices that the keep is no longer ready (notes/security.md §8). A person's Ctrl-C need not wait for one. */
const balancerMs = 2000;
/** By then the process ends, whatever still hangs. */
const deadlineMs = 15_000;

/** Ends the process gracefully at the first SIGTERM or SIGINT, at once at the second. */
export function stopOnSignals(keep: RunningKeep, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info('stopping', { signal });
    setTimeout(() => process.exit(1), deadlineMs).unref();
    keep.announceStop();
    setTimeout(
      () => {
        keep.close().then(
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

import {
  type Clock,
  type Config,
  ConfigError,
  createLogger,
  describeConfig,
  type Logger,
  misspeltVariables,
  ownersReason,
  readConfig,
  SystemClock,
} from '@datakeep/kernel';
import { endWithParent } from './end-with-parent.ts';
import { releaseStartGarbage } from './release-start-garbage.ts';
import { type Stoppable, stopOnSignals } from './stop-on-signals.ts';
import { watchThreads } from './threads.ts';

export interface ProcessStart {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /**
   * Ends the process with one line, as a failed start does: for a failure that shows only after it began to serve, such
   * as a Redis that was never reached. Without it, a start waits for all its dependencies.
   */
  readonly giveUp?: ((error: Error) => void) | undefined;
  /**
   * Whether the runtimes prove their isolation; default: true. If false, no view runs unless ALLOW_UNCONFINED_VIEWS
   * allows it: for tests of something else.
   */
  readonly selfTest?: boolean | undefined;
  /** Whether runs that are queued are executed; default: true. If false, they stay as they are: for a drill. */
  readonly executesRuns?: boolean | undefined;
}

export interface RunningProcess extends Stoppable {
  /**
   * For the person at the terminal, not for the log: lines that may hold a secret shown once, such as the setup link.
   */
  readonly greeting: string;
  /** Where it serves, for the log. */
  readonly address: string;
}

/**
 * Starts a process from the environment and serves until a signal. A start that fails ends it with one line that says
 * why.
 */
export async function runProcess(
  name: string,
  start: (options: ProcessStart) => Promise<RunningProcess>,
): Promise<void> {
  watchThreads();
  endWithParent();
  let config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const logger = createLogger(config.logLevel);
  for (const { variable, warning } of misspeltVariables()) logger.warn(warning, { variable });
  for (const line of describeConfig(config)) if (line.origin === 'environment') logger.info('configuration', line);
  const giveUp = (error: unknown): never => {
    logger.error('the start failed', { service: name }, error);
    process.stderr.write(`The start failed: ${ownersReason(error)}\n`);
    process.exit(1);
  };
  try {
    const running = await start({ config, logger, clock: new SystemClock(), giveUp });
    stopOnSignals(running, logger);
    process.stdout.write(`\n${running.greeting}\n`);
    setImmediate(releaseStartGarbage);
    logger.info('ready', {
      service: name,
      durationMs: Math.round(performance.now()),
      address: running.address,
      node: process.version,
    });
  } catch (error) {
    giveUp(error);
  }
}

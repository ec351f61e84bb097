import { ConfigError, createLogger, describeConfig, readConfig, SystemClock } from '@datakeep/kernel';
import { startKeep } from './bootstrap.ts';
import { releaseStartGarbage } from './release-start-garbage.ts';
import { stopOnSignals } from './shutdown.ts';

/** Starts a keep from the environment and serves until a signal. */
export async function run(): Promise<void> {
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
  for (const line of describeConfig(config)) if (line.origin === 'environment') logger.info('configuration', line);
  try {
    const keep = await startKeep({ config, logger, clock: new SystemClock() });
    stopOnSignals(keep, logger);
    // For the person at the terminal, not for the log: the setup link is a secret, shown once.
    process.stdout.write(
      `\nDatakeep serves at ${keep.url}\n  API docs       ${keep.url}/docs\n${keep.setupUrl ? `  First start    make the admin: ${keep.setupUrl}\n` : ''}\n`,
    );
    setImmediate(releaseStartGarbage);
    logger.info('ready', { durationMs: Math.round(performance.now()), address: keep.url, node: process.version });
  } catch (error) {
    logger.error('the start failed', {}, error);
    process.stderr.write(`The start failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

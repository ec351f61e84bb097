import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { placeStaged } from '@datakeep/backup';
import { dataDirParts } from '@datakeep/keep-data';
import type { ProcessStart, RunningProcess } from '@datakeep/service-host';
import type { Gateway } from '../../gateway/src/index.ts';

export interface RunningKeep extends RunningProcess {
  readonly url: string;
  /** Where the admin is made; only at a first start without ADMIN_PASSWORD. Holds a secret. */
  readonly setupUrl?: string;
  readonly app: NestFastifyApplication;
  readonly gateway: Gateway;
}

/** Starts a keep; `replace` begins to put in its place what a restore has staged. */
type StartOnce = (start: ProcessStart, replace: () => void) => Promise<RunningKeep>;

/**
 * A keep that starts anew in its process, on the same port, when its set-up page was given a backup. Otherwise a
 * restore would need a supervisor of the process.
 */
export async function startReplaceable(start: ProcessStart, startOnce: StartOnce): Promise<RunningKeep> {
  const { config, logger, clock, giveUp } = start;
  let isClosing = false;
  let isOpen = true;
  let replaced: Promise<void> | undefined;
  let current: RunningKeep;
  const swap = async (): Promise<void> => {
    const port = Number(new URL(current.url).port);
    current.announceStop();
    isOpen = false;
    await current.close();
    try {
      await placeStaged({ dataDir: config.dataDir, parts: dataDirParts, now: new Date(clock.now()) });
    } catch (error) {
      logger.error('the backup was not put in place: the keep starts as it was', {}, error);
    }
    if (isClosing) return;
    current = await startOnce({ ...start, config: { ...config, port } }, replace);
    isOpen = true;
    process.stdout.write(`\n${current.greeting}\n`);
  };
  const replace = (): void => {
    replaced ??= swap()
      .catch((error: unknown) => {
        logger.error('the keep did not start anew', {}, error);
        giveUp?.(error as Error);
      })
      .finally(() => (replaced = undefined));
  };
  current = await startOnce(start, replace);
  return {
    get url() {
      return current.url;
    },
    get address() {
      return current.address;
    },
    get greeting() {
      return current.greeting;
    },
    get app() {
      return current.app;
    },
    get gateway() {
      return current.gateway;
    },
    ...(current.setupUrl === undefined ? {} : { setupUrl: current.setupUrl }),
    announceStop: () => current.announceStop(),
    close: () => {
      isClosing = true;
      return replaced === undefined ? current.close() : replaced.then(() => (isOpen ? current.close() : undefined));
    },
  };
}

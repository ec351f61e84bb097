import { type Clock, createLogger, readConfig } from '@datakeep/kernel';
import type { RunningKeep } from './replaceable-keep.ts';

/**
 * Starts a keep on a copy of DATA_DIR: it executes no run and so proves no isolation, listens on 127.0.0.1 alone, and
 * knows no variable of the keep that the copy is of, so no other engine, no schedule and no admin to make.
 */
export async function openCopy(dataDir: string, clock: Clock): Promise<RunningKeep> {
  const { startKeep } = await import('./bootstrap.ts');
  return startKeep({
    config: { ...readConfig({}), port: 0, host: '127.0.0.1', dataDir, logLevel: 'silent' },
    logger: createLogger('silent'),
    clock,
    executesRuns: false,
    selfTest: false,
  });
}

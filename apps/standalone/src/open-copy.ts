import { type Clock, createLogger, readConfig } from '@datakeep/kernel';
import type { RunningKeep } from './replaceable-keep.ts';

export interface OpenCopyOptions {
  readonly clock: Clock;
  /** See `ProcessStart`. */
  readonly selfTest?: boolean;
}

/**
 * Starts a keep on a copy of DATA_DIR: it executes no run, listens on 127.0.0.1 alone, and knows no variable of the
 * keep that the copy is of, so no other engine, no schedule and no admin to make.
 */
export async function openCopy(dataDir: string, { clock, selfTest }: OpenCopyOptions): Promise<RunningKeep> {
  const { startKeep } = await import('./bootstrap.ts');
  return startKeep({
    config: { ...readConfig({}), port: 0, host: '127.0.0.1', dataDir, logLevel: 'silent' },
    logger: createLogger('silent'),
    clock,
    executesRuns: false,
    selfTest,
  });
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock, DataDirPart, Logger, Timer } from '@datakeep/kernel';
import { formerPrefix } from './backups-folder.ts';
import { keepFormer, outdatedIn, removeFormer } from './former-release.ts';

export interface BeforeUpgrade {
  readonly dataDir: string;
  readonly parts: readonly DataDirPart[];
  /** Asked where there is something to keep. */
  readonly passphrase: () => string | undefined;
  /** Version of Datakeep. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * From the copy until a start ends well. A start that failed after a part was converted must not copy that: the former
 * release cannot read it, and the copies that it can read would be removed as the older ones.
 */
interface Begun {
  readonly path: string;
  /** How many parts were outdated then. */
  readonly outdated: number;
}

const begunFile = `${formerPrefix}unfinished.json`;
const dayMs = 86_400_000;

/**
 * Before anything opens DATA_DIR: keeps it as it is where a part of it will be converted, and says where. Throws
 * `BackupError` where it cannot.
 */
export async function keepBeforeUpgrade(options: BeforeUpgrade): Promise<void> {
  const { parts, version, clock, logger } = options;
  const dataDir = resolve(options.dataDir);
  const outdated = outdatedIn(dataDir, parts);
  if (outdated.length === 0) return;
  const begun = readBegun(dataDir);
  if (begun !== undefined && outdated.length < begun.outdated) {
    logger.warn(`The upgrade goes on. Before it began, DATA_DIR was copied to ${begun.path}.`);
    return;
  }
  const passphrase = options.passphrase();
  const path = await keepFormer({ dataDir, parts, passphrase, version, now: new Date(clock.now()) });
  const noted: Begun = { path, outdated: outdated.length };
  writeFileSync(join(dataDir, begunFile), JSON.stringify(noted), { mode: 0o600 });
  const what = outdated.map(({ path: entry, change }) => `${entry} ${change}`).join(', ');
  const back =
    passphrase === undefined
      ? `start the former release with DATA_DIR=${path}. It holds everything in the clear, and is removed after 30 days`
      : `run \`datakeep restore ${path}\` of the former release, and start that`;
  logger.warn(`${what}. Before that, it was copied to ${path}. To go back: stop the keep, ${back}.`);
}

function readBegun(dataDir: string): Begun | undefined {
  try {
    const begun = JSON.parse(readFileSync(join(dataDir, begunFile), 'utf8')) as Begun;
    return existsSync(begun.path) ? begun : undefined;
  } catch {
    // Not there, or not written whole.
    return undefined;
  }
}

/** Once a start has ended well: removes plain copies in time, each day. Returns what ends that. */
export function sweepFormer({
  dataDir,
  clock,
  logger,
}: Pick<BeforeUpgrade, 'dataDir' | 'clock' | 'logger'>): () => void {
  let timer: Timer | undefined;
  rmSync(join(dataDir, begunFile), { force: true });
  const sweep = (): void => {
    try {
      removeFormer(dataDir, new Date(clock.now()));
    } catch (error) {
      logger.error('What the keep was before an upgrade could not be removed', {}, error);
    }
    timer = clock.setTimer(dayMs, sweep);
  };
  sweep();
  return () => timer?.cancel();
}

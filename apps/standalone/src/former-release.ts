import { keepFormer, outdatedDatabases, removeFormer } from '@datakeep/backup';
import type { Timer } from '@datakeep/kernel';
import { type ProcessStart, version } from '@datakeep/service-host';
import { ScheduleFile } from './backups/schedule-file.ts';
import { dataDirParts } from './data-dir-parts.ts';

const dayMs = 86_400_000;

/**
 * Before anything opens DATA_DIR: keeps it as it is where a database of it will be converted, and says where. A copy of
 * a keep, which is thrown away, is converted without.
 */
export async function keepBeforeUpgrade({ config, logger, clock, executesRuns }: ProcessStart): Promise<void> {
  const { dataDir, mongodbUri, storageUrl, backupPassphrase } = config;
  if (executesRuns === false || mongodbUri !== undefined || storageUrl !== undefined) return;
  const outdated = outdatedDatabases(dataDir, dataDirParts);
  if (outdated.length === 0) return;
  const passphrase = backupPassphrase ?? new ScheduleFile(dataDir).read()?.setting?.passphrase;
  const path = await keepFormer({ dataDir, parts: dataDirParts, passphrase, version, now: new Date(clock.now()) });
  const what = outdated.map((each) => `${each.path} is converted from version ${each.from} to ${each.to}`).join(', ');
  const back =
    passphrase === undefined
      ? `start the former release with DATA_DIR=${path}. It holds everything in the clear, and is removed after 30 days`
      : `run \`datakeep restore ${path}\` of the former release, and start that`;
  logger.warn(`${what}. Before that, the keep was copied to ${path}. To go back: stop the keep, ${back}.`);
}

/** Removes plain copies in time, each day. Returns what ends that. */
export function sweepFormer({ config: { dataDir }, logger, clock }: ProcessStart): () => void {
  let timer: Timer | undefined;
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

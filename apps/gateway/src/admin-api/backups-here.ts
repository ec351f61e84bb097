import type { Backups } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** Resolves with `port` where backups of this keep are made by this process; else `backups-elsewhere`. */
export async function whereBackupsAreMade<Port>(port: Port | undefined, backups: Backups | undefined): Promise<Port> {
  if (!port || !backups) throw new DatakeepError('backups-elsewhere');
  await backups.refuseElsewhere();
  return port;
}

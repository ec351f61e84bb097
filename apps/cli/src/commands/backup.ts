import { createReadStream } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  backupName,
  beginBackup,
  checkPassphrase,
  checkTarget,
  finishRestore,
  makeBackup,
  partialEnding,
  removeExpired,
  systemFault,
} from '@datakeep/backup';
import type { DrillResult } from '@datakeep/keep-data';
import {
  type Config,
  parseRetention,
  type Retention,
  retentionLegal,
  SystemClock,
  version,
  makePrivateFolder,
} from '@datakeep/kernel';
import type { AdminOptions } from '../developer/admin-session.ts';
import { drillFacts, drillLine, type RunningDrill, startDrill } from '../drill.ts';
import { onInterrupt } from '../interrupt.ts';
import { countsOf, describe } from '../manifest-text.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts';
import { backUpRemote } from '../remote/back-up-remote.ts';
import { isRemote } from '../remote/remote-options.ts';
import { takeSnapshotOf } from '../snapshot-source.ts';
import type { CommandContext } from '../command-context.ts';

export interface BackupOptions extends PassphraseOptions, AdminOptions {
  readonly to?: string;
  readonly keep?: string;
  readonly drill?: boolean;
}

/**
 * Makes a backup: by the keep at `url`, of a running keep through its socket, else of the files. Then, with `drill`,
 * starts a keep on it, and with `keep` removes old ones.
 */
export async function backUp(options: BackupOptions, context: CommandContext): Promise<void> {
  const local = {
    keep: 'the schedule of that keep removes old ones',
    drill: 'run `datakeep verify --drill` on the file',
  };
  if (isRemote(options, local)) return backUpRemote(options, context);
  const { config, reporter } = context;
  const retention = retentionOf(options);
  refuseOtherStorage(config);
  const dataDir = resolve(config.dataDir);
  const toOutput = options.to === '-';
  const file = options.to === undefined || toOutput ? undefined : resolve(options.to);
  if (file !== undefined) checkTarget(file);
  const passphrase = await readPassphrase(options, config, 'make');
  checkPassphrase(passphrase);
  finishRestore(dataDir);
  // Another machine than those of a keep on MongoDB may have none yet.
  if (config.mongodbUri !== undefined) makePrivateFolder(dataDir);
  const begun = beginBackup(dataDir);
  try {
    const name = backupName(new Date(new SystemClock().now()));
    const target = file ?? join(toOutput ? begun.makeWork() : begun.path, name);
    let drill: RunningDrill | undefined;
    const clear = async (): Promise<void> => {
      await drill?.stop();
      begun.end(target + partialEnding);
    };
    onInterrupt(clear, () => (drill === undefined ? 'nothing was made' : `${target} was made, and not tried`));
    const snapshot = await takeSnapshotOf({ ...config, dataDir }, begun, reporter.progress);
    const checkIn = begun.makeWork();
    const onProgress = reporter.progress;
    const { manifest, bytes } = await makeBackup({ ...snapshot, checkIn, target, passphrase, version, onProgress });
    if (options.drill) drill = startDrill(target, passphrase, begun.makeWork(), onProgress);
    const drilled = await triedOf(drill, target);
    reporter.end();
    // Whole and checked, so that what goes out is good whatever becomes of it there.
    if (toOutput) await pipeline(createReadStream(target), process.stdout, { end: false });
    const removed = retention === undefined ? undefined : removeOld(begun.path, retention, target);
    reporter.done(
      {
        file: toOutput ? '-' : target,
        bytes,
        createdDate: manifest.createdDate,
        rows: countsOf(manifest),
        ...(removed === undefined ? {} : { removed }),
        ...(drilled === undefined ? {} : drillFacts(drilled)),
      },
      [
        `Made and checked: ${toOutput ? 'to standard output' : target}`,
        ...describe(manifest, bytes),
        ...(drilled === undefined ? [] : [drillLine(drilled)]),
        'Without its passphrase it is of no use to anyone: put that away where the keep is not.',
        ...(removed ?? []).map((old) => `Removed, as --keep ${options.keep} says: ${old}`),
        ...(config.signingKey === undefined ? [] : ['SIGNING_KEY is not in it: keep that variable as well.']),
      ],
      toOutput ? process.stderr : process.stdout,
    );
  } finally {
    begun.end();
  }
}

async function triedOf(drill: RunningDrill | undefined, made: string): Promise<DrillResult | undefined> {
  try {
    return await drill?.result;
  } catch (error) {
    if (!(error instanceof NotDone)) throw error;
    throw new NotDone(`${error.message} The backup is there all the same: ${made}.`, { cause: error });
  }
}

function retentionOf({ to, keep }: BackupOptions): Retention | undefined {
  if (keep === undefined) return undefined;
  if (to !== undefined)
    throw new WrongUse('--keep is for DATA_DIR/backups: with --to, removing old backups is for who keeps them there.');
  const retention = parseRetention(keep);
  if (retention === undefined)
    throw new WrongUse(`--keep ${JSON.stringify(keep)} is not legal: expected ${retentionLegal}.`);
  return retention;
}

function removeOld(folder: string, retention: Retention, made: string): readonly string[] {
  try {
    return removeExpired(folder, retention, basename(made));
  } catch (error) {
    throw new NotDone(
      `The backup was made and checked: ${made}. Old ones could not be removed: ${systemFault(error)}.`,
      { cause: error },
    );
  }
}

function refuseOtherStorage({ storageUrl }: Config): void {
  if (storageUrl !== undefined)
    throw new NotDone(
      'The events of this keep are at STORAGE_URL, and a backup without them would be half of one: ' +
        'back up that program and DATA_DIR, with the keep stopped.',
    );
}

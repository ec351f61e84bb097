import { resolve } from 'node:path';
import { SigningKeys } from '@datakeep/keys';
import { beginBackup, finishRestore, type Manifest, restoreBackup } from '@datakeep/backup';
import { dataDirParts, restoreToDatabase } from '@datakeep/keep-data';
import { SystemClock, makePrivateFolder } from '@datakeep/kernel';
import { refuseUnfinishedMove } from '@datakeep/move';
import { takenBackSince } from '../decided-since.ts';
import { onInterrupt } from '../interrupt.ts';
import { countsOf, describe } from '../manifest-text.ts';
import { NotDone } from '../outcome.ts';
import { openArchive } from '../open-archive.ts';
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts';
import type { CommandContext } from '../command-context.ts';

export interface RestoreOptions extends PassphraseOptions {
  readonly file: string;
  readonly dataDir?: string;
  readonly voidTokens?: boolean;
}

/** Puts a backup in place of what is in DATA_DIR, or into an empty database. */
export async function restore(options: RestoreOptions, { config, reporter }: CommandContext): Promise<void> {
  if (options.voidTokens && config.signingKey !== undefined)
    throw new NotDone(
      'The signing key is given by SIGNING_KEY: ' +
        'change that variable to void the tokens, and restore without --void-tokens.',
    );
  const { source, bytes } = openArchive(options.file);
  const passphrase = await readPassphrase(options, config, 'open');
  const dataDir = resolve(options.dataDir ?? config.dataDir);
  refuseUnfinishedMove(dataDir);
  const clock = new SystemClock();
  const { mongodbUri } = config;
  const common = {
    source,
    passphrase,
    dataDir,
    now: new Date(clock.now()),
    ...(options.voidTokens
      ? { adjust: (folder: string) => SigningKeys.open({ dataDir: folder, signingKey: undefined, clock }).voidAll() }
      : {}),
    onProgress: reporter.progress,
  };
  const { manifest, before } =
    mongodbUri === undefined
      ? await restoreBackup({ ...common, parts: dataDirParts })
      : await intoDatabase(mongodbUri, config.signingKey === undefined, common);
  reporter.end();
  const { createdDate } = manifest;
  const isEmbedded = mongodbUri === undefined;
  const standAgain = before === undefined || !isEmbedded ? [] : await takenBack(before, createdDate);
  reporter.done(
    { dataDir, createdDate, rows: countsOf(manifest), ...(before === undefined ? {} : { before }), standAgain },
    [
      isEmbedded ? `Restored in ${dataDir}` : `Restored in the database of MONGODB_URI, and in ${dataDir}`,
      ...describe(manifest, bytes),
      ...(before === undefined ? [] : [`What was there before is in ${before}; remove it once all is well.`]),
      `The keep has forgotten what was decided after ${createdDate}. Look through the permissions.`,
      ...(standAgain.length === 0
        ? []
        : ['Taken back since, and there again:', ...standAgain.map((line) => `  ${line}`)]),
      options.voidTokens
        ? 'All tokens are void: sign in anew, and give each app a new association token.'
        : 'Tokens are good again as they were then; --void-tokens voids them.',
    ],
  );
}

async function intoDatabase(
  uri: string,
  keysAreFiles: boolean,
  common: Omit<Parameters<typeof restoreToDatabase>[0], 'uri' | 'keysAreFiles' | 'backups'>,
): Promise<{ readonly manifest: Manifest; readonly before: string | undefined }> {
  finishRestore(common.dataDir);
  makePrivateFolder(common.dataDir);
  const backups = beginBackup(common.dataDir);
  onInterrupt(
    () => backups.end(),
    () => 'if the database holds anything by now, run the same restore again',
  );
  try {
    return await restoreToDatabase({ ...common, uri, keysAreFiles, backups });
  } finally {
    backups.end();
  }
}

/** The restore is done by then: what can't be read of the former keep is no reason to say otherwise. */
async function takenBack(before: string, createdDate: string): Promise<readonly string[]> {
  try {
    return await takenBackSince(before, new Date(createdDate));
  } catch {
    return ['what was taken back is not known: the records of the former keep could not be read'];
  }
}

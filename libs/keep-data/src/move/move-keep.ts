import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { finishRestore, lockDataDir, outdatedIn } from '@datakeep/backup';
import { documentsFile } from '@datakeep/documents';
import { sourceCodePart } from '@datakeep/execution';
import type { Config, DataDirPart } from '@datakeep/kernel';
import { mongoName } from '@datakeep/mongo';
import {
  type ContentDigest,
  FolderTarget,
  move,
  MoveError,
  type MoveProgress,
  openMongoTarget,
  refuseUnfinishedMove,
} from '@datakeep/move';
import { dataDirParts } from '../data-dir-parts.ts';
import { copyFiles } from './copy-files.ts';
import { type KeepContent, openDatabase, openFolder, requireKeep } from './open-content.ts';

/** Where a keep may be moved: a database, or a folder by its absolute path. */
export type MoveTo = { readonly uri: string } | { readonly folder: string };

export interface MoveKeepOptions {
  readonly config: Pick<Config, 'dataDir' | 'mongodbUri' | 'signingKey'>;
  readonly to: MoveTo;
  readonly onProgress: (progress: MoveProgress) => void;
  /** See `move`. */
  readonly onStep?: (step: string) => void;
}

export interface MovedKeep {
  /** Both without secrets. */
  readonly from: string;
  readonly to: string;
  readonly content: ReadonlyMap<string, ContentDigest>;
}

/**
 * Moves the keep of that configuration, which is stopped, and never changes it. Throws `MoveError`; rejects with
 * `storage-busy` where an embedded one runs.
 */
export async function moveKeep({ config, ...options }: MoveKeepOptions): Promise<MovedKeep> {
  const { dataDir, mongodbUri } = config;
  const { to } = options;
  finishRestore(dataDir);
  refuseUnfinishedMove(dataDir);
  if ('folder' in to) checkFolder(to.folder, dataDir);
  const content = await openSource(config);
  try {
    if ('folder' in to) requireKey(config);
    const name = mongodbUri === undefined ? dataDir : mongoName(mongodbUri);
    return await moveInto({ name, content, folder: dataDir }, options);
  } finally {
    await content.close();
  }
}

/** `beside` is done once the target is taken, and may be repeated. */
interface Source {
  readonly name: string;
  readonly content: KeepContent;
  /** Holds the files beside it. */
  readonly folder: string;
  readonly beside?: () => void;
}

export async function moveInto(
  { name, content, folder, beside }: Source,
  { to, onProgress, onStep }: Omit<MoveKeepOptions, 'config'>,
): Promise<MovedKeep> {
  const target = 'uri' in to ? await openMongoTarget(to.uri) : new FolderTarget(to.folder);
  try {
    const openTarget = async (place: string): Promise<KeepContent> => {
      beside?.();
      if ('folder' in to) copyFiles(folder, to.folder, dataDirParts);
      const opened = await ('uri' in to ? openDatabase({ uri: to.uri, moving: true }) : openFolder(to.folder));
      try {
        // Before any event is there, so that all changes lie beyond it.
        await opened.events.outdate(place);
        return opened;
      } catch (error) {
        await opened.close();
        throw error;
      }
    };
    const from = { name, streams: content.streams, lastChange: () => content.events.lastChange() };
    const moved = await move({ from, target, openTarget, onProgress, onStep });
    return { from: name, to: target.name, content: moved };
  } finally {
    if ('close' in target) await target.close();
  }
}

async function openSource({ dataDir, mongodbUri }: MoveKeepOptions['config']): Promise<KeepContent> {
  if (mongodbUri === undefined) {
    if (!existsSync(documentsFile({ dataDir })))
      throw new MoveError(
        `There is no keep here: ${documentsFile({ dataDir })} is missing. Set DATA_DIR, or MONGODB_URI.`,
      );
    refuseOutdated(dataDir, dataDirParts);
    return openFolder(dataDir);
  }
  refuseOutdated(dataDir, [sourceCodePart]);
  await requireKeep(mongodbUri);
  // A keep of one process on MongoDB holds its queue there, where it has no Redis.
  const locks = existsSync(dataDir) ? lockDataDir(dataDir, dataDirParts) : [];
  const release = (): void => {
    for (const lock of locks) lock.release();
  };
  try {
    const content = await openDatabase({ uri: mongodbUri });
    return { ...content, close: () => content.close().finally(release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** Opening the engines would convert what the former release could not read any more. */
function refuseOutdated(dataDir: string, parts: readonly DataDirPart[]): void {
  const [outdated] = outdatedIn(dataDir, parts);
  if (outdated === undefined) return;
  throw new MoveError(
    `${outdated.path} is of a former release. Start the keep once with this one, which keeps a copy first, then move.`,
  );
}

function checkFolder(folder: string, dataDir: string): void {
  if (`${folder}/`.startsWith(`${dataDir}/`) || `${dataDir}/`.startsWith(`${folder}/`))
    throw new MoveError(`${folder} and the keep's ${dataDir} lie in each other: name another folder.`);
}

function requireKey({ dataDir, signingKey }: MoveKeepOptions['config']): void {
  if (signingKey === undefined && !existsSync(join(dataDir, 'keys')))
    throw new MoveError(`The signing key of this keep is not in ${dataDir}: set DATA_DIR, or SIGNING_KEY.`);
}

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishRestore, lockDataDir, outdatedDatabases, replaceFile } from '@datakeep/backup';
import { sourceCodePart } from '@datakeep/execution';
import { documentsFile } from '@datakeep/documents';
import type { Config } from '@datakeep/kernel';
import { connectMongo, mongoName } from '@datakeep/mongo';
import {
  type ContentDigest,
  type ContentReader,
  FolderTarget,
  move,
  MoveError,
  type MoveProgress,
  openMongoTarget,
  refuseUnfinishedMove,
} from '@datakeep/move';
import { dataDirParts } from '../data-dir-parts.ts';
import { type KeepContent, openDatabase, openDatabaseBeside, openFolder } from './open-content.ts';

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
export async function moveKeep({ config, to, onProgress, onStep }: MoveKeepOptions): Promise<MovedKeep> {
  const { dataDir, mongodbUri } = config;
  finishRestore(dataDir);
  refuseUnfinishedMove(dataDir);
  if ('folder' in to) checkFolder(to.folder, dataDir);
  const source = await openSource(config);
  try {
    if ('folder' in to) requireKey(config);
    const target = 'uri' in to ? await openMongoTarget(to.uri) : new FolderTarget(to.folder);
    try {
      const from = mongodbUri === undefined ? dataDir : mongoName(mongodbUri);
      const openTarget = async (place: string): Promise<KeepContent> => {
        if ('folder' in to) copyFiles(dataDir, to.folder);
        const opened = await ('uri' in to ? openDatabase(to.uri) : openFolder(to.folder));
        try {
          // Before any event is there, so that all changes lie beyond it.
          await opened.events.outdate(place);
          return opened;
        } catch (error) {
          await opened.close();
          throw error;
        }
      };
      const content = await move({
        from: { name: from, streams: source.streams, lastChange: () => source.events.lastChange() },
        target,
        openTarget,
        onProgress,
        ...(onStep === undefined ? {} : { onStep }),
      });
      return { from, to: target.name, content };
    } finally {
      if ('close' in target) await target.close();
    }
  } finally {
    await source.close();
  }
}

async function openSource({ dataDir, mongodbUri }: MoveKeepOptions['config']): Promise<KeepContent<ContentReader>> {
  if (mongodbUri === undefined) {
    if (!existsSync(documentsFile({ dataDir })))
      throw new MoveError(
        `There is no keep here: ${documentsFile({ dataDir })} is missing. Set DATA_DIR, or MONGODB_URI.`,
      );
    refuseOutdated(dataDir);
    return openFolder(dataDir);
  }
  await requireKeep(mongodbUri);
  // A keep of one process on MongoDB holds its queue there, where it has no Redis.
  const locks = existsSync(dataDir) ? lockDataDir(dataDir, dataDirParts) : [];
  const release = (): void => {
    for (const lock of locks) lock.release();
  };
  try {
    const content = await openDatabaseBeside(mongodbUri, dataDir);
    return { ...content, close: () => content.close().finally(release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** Opening the engines would convert what the former release cannot read any more. */
function refuseOutdated(dataDir: string): void {
  const [outdated] = outdatedDatabases(dataDir, dataDirParts);
  if (outdated === undefined) return;
  throw new MoveError(
    `${outdated.path} is of a former release. Start the keep once with this one, which keeps a copy first, then move.`,
  );
}

/** Opening the engines would make the collections of a keep. */
async function requireKeep(uri: string): Promise<void> {
  const connection = await connectMongo({ uri });
  try {
    if ((await connection.db!.listCollections({ name: 'admins' }).toArray()).length === 0)
      throw new MoveError(`There is no keep at ${mongoName(uri)}. Set MONGODB_URI as for its start.`);
  } finally {
    await connection.close();
  }
}

function checkFolder(folder: string, dataDir: string): void {
  if (`${folder}/`.startsWith(`${dataDir}/`) || `${dataDir}/`.startsWith(`${folder}/`))
    throw new MoveError(`${folder} and the keep's ${dataDir} lie in each other: name another folder.`);
}

function requireKey({ dataDir, signingKey }: MoveKeepOptions['config']): void {
  if (signingKey === undefined && !existsSync(join(dataDir, 'keys')))
    throw new MoveError(`The signing key of this keep is not in ${dataDir}: set DATA_DIR, or SIGNING_KEY.`);
}

/** What parts have in DATA_DIR that is no database and no stream: the signing keys. */
function copyFiles(from: string, to: string): void {
  for (const part of dataDirParts) {
    if (part === sourceCodePart) continue;
    for (const entry of part.entries) {
      if (!('files' in entry) || !existsSync(join(from, entry.files))) continue;
      mkdirSync(join(to, entry.files), { recursive: true, mode: 0o700 });
      for (const name of readdirSync(join(from, entry.files)))
        if (entry.names.test(name))
          replaceFile(join(to, entry.files, name), readFileSync(join(from, entry.files, name), 'utf8'));
    }
  }
}

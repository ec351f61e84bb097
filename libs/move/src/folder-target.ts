import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile, syncPath } from '@datakeep/backup';
import { type DataDirPart, makePrivateFolder } from '@datakeep/kernel';
import { MoveError } from './move-error.ts';
import type { MoveState, MoveTarget } from './move-target.ts';

const stateFile = 'moving.json';

/** What moves have in DATA_DIR. */
export const movePart: DataDirPart = {
  name: 'move',
  entries: [{ leftOut: /^moving\.json(\.part)?$/, because: 'a move into this folder that is not finished' }],
};

/** From where a move into that folder comes which is not finished; `undefined`: there is none. */
export function unfinishedMoveIn(folder: string): string | undefined {
  return stateIn(folder)?.from;
}

/** Throws where a move into that folder is not finished. Before anything opens DATA_DIR. */
export function refuseUnfinishedMove(folder: string): void {
  const from = unfinishedMoveIn(folder);
  if (from !== undefined)
    throw new MoveError(
      `A move from ${from} into ${folder} is not finished: run that \`datakeep move\` again, or remove the folder.`,
    );
}

/** A folder that becomes the DATA_DIR of an embedded keep. */
export class FolderTarget implements MoveTarget {
  readonly name: string;
  readonly howToClear: string;

  constructor(folder: string) {
    this.name = folder;
    this.howToClear = `remove ${folder}`;
  }

  async state(): Promise<MoveState | undefined> {
    return stateIn(this.name);
  }

  async isEmpty(): Promise<boolean> {
    return !existsSync(this.name) || readdirSync(this.name).every((name) => name === `${stateFile}.part`);
  }

  async begin(state: MoveState): Promise<void> {
    makePrivateFolder(this.name);
    replaceFile(join(this.name, stateFile), JSON.stringify(state));
  }

  async end(): Promise<void> {
    rmSync(join(this.name, stateFile));
    syncPath(this.name);
  }
}

function stateIn(folder: string): MoveState | undefined {
  const path = join(folder, stateFile);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as MoveState) : undefined;
}

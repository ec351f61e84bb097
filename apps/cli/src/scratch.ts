import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { beginBackup } from '@datakeep/backup';
import { type Config, makeTempFolder } from '@datakeep/kernel';

/** Where a backup is unpacked to be looked at. */
export interface Scratch {
  makeFolder(): string;
  end(): void;
}

/** What is unpacked is as secret as the keep: it lies in DATA_DIR where there is one, never beside the file. */
export function openScratch(config: Pick<Config, 'dataDir'>): Scratch {
  const dataDir = resolve(config.dataDir);
  if (existsSync(dataDir)) {
    const begun = beginBackup(dataDir);
    return { makeFolder: () => begun.makeWork(), end: () => begun.end() };
  }
  const made: string[] = [];
  return {
    makeFolder: () => {
      const folder = makeTempFolder('verify');
      made.push(folder);
      return folder;
    },
    end: () => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })),
  };
}

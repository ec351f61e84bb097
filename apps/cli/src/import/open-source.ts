import { existsSync, openAsBlob, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { activityWatchServer, blobSource, type Source } from '@datakeep/importers';
import { makeTempFolder } from '@datakeep/kernel';
import { NotDone } from '../outcome.ts';

export const isAddress = (path: string): boolean => /^https?:\/\//i.test(path);

/** A file on this disk, or ActivityWatch at an address of this machine. */
export async function openSource(path: string): Promise<Source> {
  if (isAddress(path)) return activityWatchServer(path);
  let file: Stats;
  try {
    file = statSync(path);
  } catch {
    throw new NotDone(`There is no file ${path} that can be read.`);
  }
  if (!file.isFile()) throw new NotDone(`${path} is no file.`);
  return {
    ...blobSource(await openAsBlob(path), basename(path)),
    disk: {
      beside: async (suffix) => (existsSync(path + suffix) ? openSource(path + suffix) : undefined),
      makeFolder: () => makeTempFolder('history'),
    },
  };
}

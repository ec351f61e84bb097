import { resolve } from 'node:path';
import { type MoveTo, moveKeep } from '@datakeep/keep-data';
import { onInterrupt } from '../interrupt.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';

export interface MoveOptions {
  readonly to: string;
}

/** Moves the whole keep to another engine or folder, and compares both sides. */
export async function moveHouse({ to }: MoveOptions, { config, reporter }: CommandContext): Promise<void> {
  if (config.storageUrl !== undefined)
    throw new NotDone('The events of this keep are at STORAGE_URL: no move takes them along.');
  const target = targetOf(to);
  const dataDir = resolve(config.dataDir);
  onInterrupt(
    () => reporter.end(),
    () => 'the move is not finished. Run it again to go on; the keep is as it was',
  );
  const moved = await moveKeep({ config: { ...config, dataDir }, to: target, onProgress: reporter.progress });
  const { events = { count: 0 }, ...collections } = Object.fromEntries(moved.content);
  const records = Object.values(collections).reduce((sum, { count }) => sum + count, 0);
  const counted = (count: number, word: string): string => `${count.toLocaleString('en')} ${word}`;
  const hasKey = config.signingKey !== undefined;
  reporter.done({ from: moved.from, to: moved.to, content: Object.fromEntries(moved.content) }, [
    `Moved from ${moved.from} to ${moved.to}`,
    `  ${counted(events.count, 'events')}, ${counted(records, 'records')}: equal on both sides, by counts and digests`,
    ...('uri' in target
      ? [
          'Start the keep with that MONGODB_URI, and the other variables as before.',
          hasKey
            ? `  SIGNING_KEY goes on being needed, and ${dataDir} where one process is the whole keep.`
            : `  DATA_DIR ${dataDir} goes on being needed: the signing key lies there, and what one process keeps.`,
        ]
      : [
          `Start the keep with DATA_DIR=${target.folder}, without MONGODB_URI, and the other variables as before.`,
          hasKey ? '  SIGNING_KEY goes on being needed.' : '  The signing key came along.',
        ]),
    'Apps stay connected. Those that follow the change feed begin it anew, as the answer 410 says.',
    `${moved.from} is as it was. Start no keep on it again, and remove it once all is well.`,
  ]);
}

function targetOf(to: string): MoveTo {
  if (/^mongodb(\+srv)?:\/\//.test(to)) return { uri: to };
  if (to === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(to))
    throw new WrongUse('--to takes a connection string, mongodb://… or mongodb+srv://…, or a folder.');
  return { folder: resolve(to) };
}

import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { type KeysState, SigningKeys } from '@datakeep/keys';
import { finishRestore } from '@datakeep/backup';
import { SystemClock } from '@datakeep/kernel';
import type { AdminOptions } from '../developer/admin-session.ts';
import { rotated, reportVoided } from '../key-texts.ts';
import { NotDone } from '../outcome.ts';
import { isRemote } from '../remote/remote-options.ts';
import { rotateKeyRemote } from '../remote/rotate-key-remote.ts';
import { askRunningKeep } from '../running-keep.ts';
import type { CommandContext } from '../command-context.ts';

/**
 * Makes a new signing key: in the keep at `url`, in the one that runs on DATA_DIR, else in its file. Tokens that the
 * former key signed go on until they expire or are renewed, and its cursors and places still open; those of the key
 * before it are void, which is said first.
 */
export async function rotateKey(options: AdminOptions, context: CommandContext): Promise<void> {
  if (isRemote(options)) return rotateKeyRemote(options, context);
  const { config, reporter } = context;
  const { dataDir, signingKey } = config;
  const running = await askRunningKeep(dataDir, '/keys');
  if (running === undefined) {
    if (!existsSync(dataDir))
      throw new NotDone(`There is no keep here: ${resolve(dataDir)} is missing. Set DATA_DIR as for its start.`);
    finishRestore(dataDir);
    const keys = SigningKeys.open({ dataDir, signingKey, clock: new SystemClock() });
    const { source, current, previous } = keys.state;
    if (source === 'file') reportVoided(current, previous, reporter);
    keys.rotate();
    rotated(keys.state, 'from the next start on', reporter);
    return;
  }
  const { source, current, previous } = await stateOf(running);
  if (source === 'file') reportVoided(current, previous, reporter);
  const answer = await askRunningKeep(dataDir, '/rotations');
  if (answer === undefined) throw new NotDone('The keep ended meanwhile: nothing was changed.');
  rotated(await stateOf(answer), 'from now on', reporter);
}

async function stateOf(answer: IncomingMessage): Promise<KeysState> {
  if (answer.statusCode === 200) return (await json(answer)) as KeysState;
  answer.resume();
  const reasons: Readonly<Record<number, string>> = {
    409: 'The signing key is given by SIGNING_KEY: change that variable and restart.',
    500: 'The running keep could not write a new key, and goes on with the one that it has: its log says why.',
  };
  throw new NotDone(
    reasons[answer.statusCode ?? 0] ?? `The running keep refused (${answer.statusCode}): is it of another release?`,
  );
}

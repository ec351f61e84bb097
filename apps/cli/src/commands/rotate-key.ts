import { json } from 'node:stream/consumers';
import { type KeysState, SigningKeys } from '@datakeep/auth';
import { finishRestore } from '@datakeep/backup';
import { SystemClock } from '@datakeep/kernel';
import { NotDone } from '../outcome.ts';
import { askRunningKeep } from '../running-keep.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * Makes a new signing key: in the keep that runs on DATA_DIR, else in its file. Tokens that the former key signed go on
 * until they expire or are renewed, and its cursors and places still open; those of the key before it are void.
 */
export async function rotateKey(_options: object, { config, reporter }: Surroundings): Promise<void> {
  const { dataDir, signingKey } = config;
  const running = await askRunningKeep(dataDir, '/rotations');
  let state: KeysState;
  if (running === undefined) {
    finishRestore(dataDir);
    const keys = SigningKeys.open({ dataDir, signingKey, clock: new SystemClock() });
    keys.rotate();
    ({ state } = keys);
  } else {
    if (running.statusCode !== 200) {
      running.resume();
      throw new NotDone(
        running.statusCode === 409
          ? 'The signing key is given by SIGNING_KEY: change that variable and restart.'
          : `The running keep refused (${running.statusCode}): is it of another release?`,
      );
    }
    state = (await json(running)) as KeysState;
  }
  const from = running === undefined ? 'from the next start on' : 'from now on';
  const former = state.previous!.kid;
  reporter.done({ current: state.current.kid, former }, [
    `Signing key ${state.current.kid} signs ${from}; tokens of ${former} are still good.`,
  ]);
}

import { SigningKeys } from '@datakeep/auth';
import { finishRestore } from '@datakeep/backup';
import { SystemClock } from '@datakeep/kernel';
import type { Surroundings } from '../surroundings.ts';

/**
 * Makes a new signing key. Tokens that the former key signed go on until they expire or are renewed, and its cursors
 * and places still open; those of the key before it are void. A running keep learns of it at its next start.
 */
export async function rotateKey(_options: object, { config, reporter }: Surroundings): Promise<void> {
  const { dataDir, signingKey } = config;
  finishRestore(dataDir);
  const keys = SigningKeys.open({ dataDir, signingKey, clock: new SystemClock() });
  const former = keys.current.kid;
  keys.rotate();
  reporter.done({ current: keys.current.kid, former }, [
    `Signing key ${keys.current.kid} signs from the next start on; tokens of ${former} are still good.`,
  ]);
}

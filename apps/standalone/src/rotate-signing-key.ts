import { SigningKeys } from '@datakeep/auth';
import { readConfig, SystemClock } from '@datakeep/kernel';

/**
 * `npm run rotate-key`: makes a new signing key. Tokens that the former key signed go on until they expire or are renewed, and its cursors and places still open; those of the key before it are void.
 * A running keep learns of it at its next start.
 */
try {
  const { dataDir, signingKey } = readConfig();
  const keys = SigningKeys.open({ dataDir, signingKey, clock: new SystemClock() });
  const former = keys.current.kid;
  keys.rotate();
  process.stdout.write(
    `Signing key ${keys.current.kid} signs from the next start on; tokens of ${former} are still good.\n`,
  );
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

import type { Reporter } from './reporter.ts';

interface Key {
  readonly kid: string;
}

/** Before a rotation: what it voids. */
export function reportVoided(current: Key, previous: Key | null, reporter: Reporter): void {
  reporter.note([
    `Tokens of key ${current.kid} go on until they expire or are renewed; the next rotation voids them.`,
    previous === null
      ? 'No key is void by this one.'
      : `Void at once: tokens and cursors of ${previous.kid}, the key before.`,
  ]);
}

/** After it. `from`: when the new key signs. */
export function rotated(
  { current, previous }: { readonly current: Key; readonly previous: Key | null },
  from: string,
  reporter: Reporter,
): void {
  const former = previous!.kid;
  reporter.done({ current: current.kid, former }, [
    `Signing key ${current.kid} signs ${from}; tokens of ${former} are still good.`,
  ]);
}

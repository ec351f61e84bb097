import { readFileSync } from 'node:fs';
import { systemFault } from '@datakeep/backup';
import type { Config } from '@datakeep/kernel';
import { askUnseen } from './hidden-line.ts';
import { WrongUse } from './outcome.ts';

export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/**
 * The passphrase, from a file, from DATAKEEP_PASSPHRASE or from the terminal: never from an argument, which others can
 * see.
 */
export async function readPassphrase(
  { passphraseFile }: PassphraseOptions,
  { backupPassphrase }: Config,
  purpose: 'make' | 'open',
): Promise<string> {
  if (passphraseFile !== undefined) return firstLineOf(passphraseFile, 'passphrase');
  if (backupPassphrase !== undefined) return backupPassphrase;
  if (!process.stdin.isTTY)
    throw new WrongUse(
      'There is no terminal to ask for the passphrase: give --passphrase-file, or DATAKEEP_PASSPHRASE.',
    );
  return askUnseen(process.stdin, process.stderr, 'Passphrase of the backup', { twice: purpose === 'make' });
}

/** The first line of a file, `what` it is. */
export function firstLineOf(file: string, what: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongUse(`The ${what} could not be read from ${file}: ${systemFault(error)}.`, { cause: error });
  }
  const line = text.split(/\r?\n/, 1)[0]!;
  if (line === '') throw new WrongUse(`The first line of ${file} is empty, and no ${what}.`);
  return line;
}

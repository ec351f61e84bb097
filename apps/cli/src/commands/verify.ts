import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beginBackup, unpackBackup } from '@datakeep/backup';
import { onInterrupt } from '../interrupt.ts';
import { countsOf, describe } from '../manifest-text.ts';
import { openArchive } from '../open-archive.ts';
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * Reads a backup whole. What it unpacks for that is as secret as the keep: it lies in DATA_DIR where there is one,
 * never beside the file.
 */
export async function verify(
  options: PassphraseOptions & { readonly file: string },
  { config, reporter }: Surroundings,
): Promise<void> {
  const { source, bytes } = openArchive(options.file);
  const passphrase = await readPassphrase(options, config, 'open');
  const dataDir = resolve(config.dataDir);
  const begun = existsSync(dataDir) ? beginBackup(dataDir) : undefined;
  const into = begun?.makeWork() ?? mkdtempSync(join(tmpdir(), 'datakeep-verify-'));
  const clear = (): void => (begun ? begun.end() : rmSync(into, { recursive: true, force: true }));
  onInterrupt(clear);
  try {
    const manifest = await unpackBackup({ source, passphrase, into, step: 'check', onProgress: reporter.progress });
    const { createdDate } = manifest;
    reporter.done({ file: options.file, bytes, createdDate, rows: countsOf(manifest) }, [
      `Whole: ${options.file}`,
      ...describe(manifest, bytes),
    ]);
  } finally {
    clear();
  }
}

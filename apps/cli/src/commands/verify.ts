import { resolve } from 'node:path';
import { unpackBackup } from '@datakeep/backup';
import { documentsFile, readSqliteDocuments } from '@datakeep/documents';
import { followTrail } from '../audit-trail.ts';
import { drillFacts, drillLine, startDrill } from '../drill.ts';
import { onInterrupt } from '../interrupt.ts';
import { countsOf, describe } from '../manifest-text.ts';
import { openArchive } from '../open-archive.ts';
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts';
import { openScratch } from '../scratch.ts';
import type { CommandContext } from '../command-context.ts';

export interface VerifyOptions extends PassphraseOptions {
  readonly file: string;
  readonly drill?: boolean;
}

/**
 * Reads a backup whole, and with `drill` also starts a keep on it. What the keep of then had, a broken audit trail too,
 * is no fault of the backup.
 */
export async function verify(options: VerifyOptions, { config, reporter }: CommandContext): Promise<void> {
  const { source, bytes } = openArchive(options.file);
  const passphrase = await readPassphrase(options, config, 'open');
  const scratch = openScratch(config);
  const into = scratch.makeFolder();
  const onProgress = reporter.progress;
  // A drill unpacks and checks what it restores.
  const drill = options.drill ? startDrill(resolve(options.file), passphrase, into, onProgress) : undefined;
  const clear = async (): Promise<void> => {
    await drill?.stop();
    scratch.end();
  };
  onInterrupt(clear);
  try {
    const drilled = await drill?.result;
    if (drill) source.destroy();
    const manifest = drilled?.manifest ?? (await unpackBackup({ source, passphrase, into, step: 'check', onProgress }));
    const { createdDate } = manifest;
    const documents = documentsFile({ dataDir: into });
    const trail = drilled === undefined ? await followTrail(() => readSqliteDocuments(documents)) : undefined;
    reporter.done(
      {
        file: options.file,
        bytes,
        createdDate,
        rows: countsOf(manifest),
        ...(drilled === undefined ? {} : drillFacts(drilled)),
        ...(trail === undefined ? {} : { audit: trail.verdict ?? trail.said }),
      },
      [
        `Whole: ${options.file}`,
        ...describe(manifest, bytes),
        ...(trail === undefined ? [] : [`  audit trail: ${trail.said}`]),
        ...(drilled === undefined ? [] : [drillLine(drilled)]),
      ],
    );
  } finally {
    await clear();
  }
}

import { existsSync } from 'node:fs';
import { finishRestore } from '@datakeep/backup';
import { documentsFile, openDocuments } from '@datakeep/documents';
import { SystemClock } from '@datakeep/kernel';
import { refuseUnfinishedMove } from '@datakeep/move';
import { AuditLog, Passwords } from '@datakeep/registry';
import { readNewPassword } from '../hidden-line.ts';
import { NotDone } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';

/**
 * A new password for the admin, for who has the keep's configuration and files; every session ends. The password comes
 * from the terminal, unseen, or as the first line of standard input. A keep on SQLite must be stopped first; one on
 * MongoDB learns of it within a second.
 */
export async function adminReset(_options: object, { config, reporter }: CommandContext): Promise<void> {
  const file = documentsFile(config);
  finishRestore(config.dataDir);
  refuseUnfinishedMove(config.dataDir);
  if (config.mongodbUri === undefined && !existsSync(file))
    throw new NotDone(`There is no keep here: ${file} is missing. Set DATA_DIR, or MONGODB_URI, as for its start.`);
  const password = await readNewPassword(process.stdin, process.stderr);
  const documents = await openDocuments(config);
  try {
    const audit = new AuditLog({ documents, clock: new SystemClock() });
    const { name } = await new Passwords({ documents, audit }).reset(password);
    reporter.done({ admin: name }, [
      `${JSON.stringify(name)} has a new password, and no second factor or passkey. Every session has ended.`,
    ]);
  } finally {
    await documents.close();
  }
}

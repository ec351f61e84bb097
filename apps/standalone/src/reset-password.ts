import { existsSync } from 'node:fs';
import { DatakeepError, readConfig, SystemClock } from '@datakeep/kernel';
import { AuditLog, Passwords } from '@datakeep/registry';
import { documentsFile, openDocuments } from '@datakeep/documents';
import { readNewPassword } from './read-new-password.ts';

/**
 * `npm run reset-password`: a new password for the admin, for who has the keep's configuration and files; every session ends. The password comes from the
 * terminal, unseen, or as the first line of standard input. A keep on SQLite must be stopped first; one on MongoDB learns of it within a second.
 */
try {
  if (process.argv.length > 2)
    throw new Error('The new password is read from the terminal or from standard input, never from an argument.');
  const config = readConfig();
  const file = documentsFile(config);
  if (config.mongodbUri === undefined && !existsSync(file))
    throw new Error(`There is no keep here: ${file} is missing. Set DATA_DIR, or MONGODB_URI, as for its start.`);
  const password = await readNewPassword(process.stdin, process.stdout);
  const documents = await openDocuments(config);
  try {
    const audit = new AuditLog({ documents, clock: new SystemClock() });
    const { name } = await new Passwords({ documents, audit }).reset(password);
    process.stdout.write(`${JSON.stringify(name)} has a new password. Every session has ended.\n`);
  } finally {
    await documents.close();
  }
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

function explain(error: Error): string {
  const known = DatakeepError.from(error);
  if (known?.code === 'storage-busy') return 'The keep is running on these files: stop it first. Nothing was changed.';
  return known?.errors[0]?.detail ?? error.message;
}

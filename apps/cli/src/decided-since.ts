import { existsSync } from 'node:fs';
import { documentsFile, SqliteDocuments } from '@datakeep/documents';
import { SystemClock } from '@datakeep/kernel';
import { AuditLog, type AuditRecord } from '@datakeep/registry';

/** Entries of each action that are read; more are seldom, and the page has them all. */
const most = 1000;

/** What a keep took back after a moment, by its audit log: a restore of that moment forgets it. Lines for a person. */
export async function takenBackSince(dataDir: string, since: Date): Promise<readonly string[]> {
  const file = documentsFile({ dataDir });
  if (!existsSync(file)) return [];
  const documents = SqliteDocuments.open({ file, synchronous: 'normal' });
  try {
    const audit = new AuditLog({ documents, clock: new SystemClock() });
    const entriesOf = async (action: string): Promise<readonly AuditRecord[]> =>
      (await audit.list({ action, from: since.getTime() }, { limit: most })).items;
    const nameOf = async (appId: unknown): Promise<string> => {
      const [created] = (await audit.list({ action: 'app.created', subjectId: String(appId) }, { limit: 1 })).items;
      return JSON.stringify(created?.details?.['name'] ?? appId);
    };
    const lines: string[] = [];
    for (const { at, details } of await entriesOf('permission.revoked'))
      lines.push(`${at} revoked: ${await nameOf(details?.['appId'])} on ${JSON.stringify(details?.['profile'])}`);
    for (const { at, subject } of await entriesOf('app.deleted'))
      lines.push(`${at} deleted: the app ${await nameOf(subject.id)}`);
    return lines.toSorted();
  } finally {
    await documents.close();
  }
}

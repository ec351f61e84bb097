import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backupsFolder, isBackupUnderWay } from '@datakeep/backup';
import type { DataStorage } from '@datakeep/contracts';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { KeepBackups } from './keep-backups.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'datakeep-backups-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

it('begins none where another process takes the folder at the same moment, and calls that no failure', async () => {
  mkdirSync(backupsFolder(dataDir));
  // As far as the other one is between looking at the lock and having it.
  using other = new DatabaseSync(join(backupsFolder(dataDir), '.lock'));
  other.exec('BEGIN IMMEDIATE');
  expect(isBackupUnderWay(dataDir)).toBe(false);
  const backups = new KeepBackups({
    dataDir,
    storage: { figures: async () => ({ engine: 'sqlite' }) as Awaited<ReturnType<DataStorage['figures']>> },
    drillProgram: new URL('file:///none'),
    clock: new ManualClock(),
    logger: createLogger('silent'),
  });
  await expect(backups.begin('a passphrase of tests')).rejects.toMatchObject({ code: 'backup-under-way' });
  await expect(backups.drill('any', 'a passphrase of tests')).rejects.toMatchObject({ code: 'backup-under-way' });
  await backups.close();
});

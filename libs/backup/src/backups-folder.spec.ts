import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { beginBackup, clearBackups } from './backups-folder.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'datakeep-backups-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

it('clears at a start what a killed backup left, and nothing of one that is being made', () => {
  const begun = beginBackup(dataDir);
  begun.makeWork();
  for (const name of ['new.age.partial', 'old.age']) writeFileSync(join(begun.path, name), '');
  const names = (): string[] => readdirSync(begun.path).filter((name) => name !== '.lock');
  clearBackups(dataDir);
  expect(names()).toHaveLength(3);
  // As the system does when a process ends.
  begun.leave();
  clearBackups(dataDir);
  expect(names()).toEqual(['old.age']);
});

it('makes no folder where there was no backup', () => {
  clearBackups(dataDir);
  expect(readdirSync(dataDir)).toEqual([]);
});

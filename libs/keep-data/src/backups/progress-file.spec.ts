import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { beginBackup } from '@datakeep/backup';
import { ProgressFile } from './progress-file.ts';

it('says of a backup that its process, killed, has left, that it failed', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-progress-'));
  try {
    const file = new ProgressFile(dataDir);
    const folder = beginBackup(dataDir);
    const making = { startedAt: '2026-11-30T04:00:00.000Z', step: 'pack', done: 0.5 } as const;
    file.write({ making, failed: null });
    expect(file.read()).toEqual({ making, failed: null });
    // As the system does when a process ends.
    folder.leave();
    expect(file.read()).toEqual({
      making: null,
      failed: { at: making.startedAt, reason: 'The keep ended before the backup was made.' },
    });
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepFormer } from './before-upgrade.ts';

const day = 86_400_000;

describe('what a keep was before an upgrade', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'datakeep-former-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('is removed after 30 days, while the keep runs, and half a copy at once; nothing else is', async () => {
    const clock = new ManualClock('2026-12-01T00:00:00Z');
    const copy = 'before-upgrade-2026-12-01T00-00-00Z';
    for (const name of [copy, 'before-upgrade-2026-11-30T00-00-00Z.partial', 'before-upgrade-mine', 'events'])
      mkdirSync(join(dataDir, name));
    const stop = sweepFormer({ dataDir, logger: createLogger('silent'), clock });
    await clock.advance(30 * day);
    expect(readdirSync(dataDir)).toEqual([copy, 'before-upgrade-mine', 'events']);
    await clock.advance(day);
    expect(readdirSync(dataDir)).toEqual(['before-upgrade-mine', 'events']);
    stop();
  });
});

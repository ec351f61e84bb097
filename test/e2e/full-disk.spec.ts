import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { backupPassphrase, datakeep, type Outcome, outcomeOf } from '../support/datakeep-command.ts';
import { fillKeep, type FullKeep } from '../support/full-keep.ts';
import { AppClient } from '../support/keep-client.ts';
import { keepUnderTest, walkProfile } from '../support/keep-in-process.ts';

/** Bytes that a file may have, which stand for the room of a disk: a database fits in part. */
const room = 64 * 1024;

describe('datakeep on a disk that takes no more', () => {
  let place: string;
  let dataDir: string;
  let full: FullKeep;
  let archive: string;

  const crowded = (folder: string, given: readonly string[]): Promise<Outcome> => {
    const program = [`--fsize=${room}`, process.execPath, join(lastBuild(), 'apps/cli/src/main.js'), ...given];
    return outcomeOf('prlimit', program, folder, { DATAKEEP_PASSPHRASE: backupPassphrase });
  };
  const expectAll = async (folder: string): Promise<void> => {
    const under = await keepUnderTest({ dataDir: folder });
    try {
      const app = new AppClient(under.url, full.app.token!, full.app.appId);
      expect((await app.query({ profile: walkProfile, limit: 100 })).items).toHaveLength(53);
    } finally {
      await under.stop();
    }
  };

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-full-disk-'));
    dataDir = join(place, 'keep');
    archive = join(place, 'keep.age');
    full = await fillKeep(dataDir);
    expect(await datakeep(dataDir, ['backup', '--to', archive])).toMatchObject({ code: 0 });
  });
  afterAll(() => rmSync(place, { recursive: true }));

  it('restores nothing, says why, and leaves the keep that was there', async () => {
    const { code, output } = await crowded(dataDir, ['restore', archive]);
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('the file would be larger than the system allows') as string,
    });
    expect(readdirSync(dataDir).filter((name) => /^(before-restore-|\.restoring|restore-journal)/.test(name))).toEqual(
      [],
    );
    await expectAll(dataDir);
  });

  it('moves no keep, which stays as it was, and goes on with the same command where there is room', async () => {
    const target = join(place, 'moved');
    const { code, output } = await crowded(dataDir, ['move', '--to', target]);
    expect(code).toBe(1);
    expect(output.trim().split('\n').at(-1)).toMatch(/ is not filled yet: .* Run the same command again/);
    expect(existsSync(join(target, 'moving.json'))).toBe(true);
    await expect(keepUnderTest({ dataDir: target })).rejects.toThrow('is not finished');
    expect(await datakeep(dataDir, ['move', '--to', target])).toMatchObject({ code: 0 });
    await expectAll(target);
    await expectAll(dataDir);
  });
});

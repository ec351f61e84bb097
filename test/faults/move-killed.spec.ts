import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillKeep } from '../support/full-keep.ts';
import { keepUnderTest } from '../support/keep-in-process.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';

interface Moved {
  readonly steps: number;
  readonly content: object;
}

const server = await mongoServer('moves that are killed');
const child = fileURLToPath(new URL('./move.child.ts', import.meta.url));

describe('a move that is killed', { timeout: 300_000 }, () => {
  let place: string;
  let dataDir: string;
  let whole: Moved;
  const databases: string[] = [];

  /** `undefined`: it was killed before that step. */
  const move = (from: string, to: string, killedAt = 0): Moved | undefined => {
    const { signal, stdout, stderr } = spawnSync(process.execPath, [child, from, to, String(killedAt)], {
      encoding: 'utf8',
    });
    if (signal === 'SIGKILL') return undefined;
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout) as Moved;
  };
  const newDatabase = (): string => {
    const database = server.newDatabase();
    databases.push(database);
    const uri = new URL(server.uri ?? '');
    uri.pathname = database;
    return uri.href;
  };

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-killed-'));
    dataDir = join(place, 'data');
    await fillKeep(dataDir);
    whole = move(dataDir, join(place, 'whole'))!;
    expect(whole.steps).toBeGreaterThan(12);
  });
  afterAll(async () => {
    for (const database of databases) await server.drop(database);
    rmSync(place, { recursive: true });
  });

  it('before any step into a folder is finished by the next, and starts no keep until then', async () => {
    expect(move(dataDir, join(place, 'at-1'), 1)).toBeUndefined();
    expect(existsSync(join(place, 'at-1'))).toBe(false);
    for (let step = 2; step <= whole.steps; step++) {
      const folder = join(place, `at-${step}`);
      expect(move(dataDir, folder, step)).toBeUndefined();
      await expect(keepUnderTest({ dataDir: folder })).rejects.toThrow('is not finished');
      expect(move(dataDir, folder)?.content, `killed at step ${step}`).toEqual(whole.content);
      expect(existsSync(join(folder, 'moving.json'))).toBe(false);
      rmSync(folder, { recursive: true });
    }
  });

  it.runIf(server.uri)('again and again into MongoDB is finished at last, and back', () => {
    const database = newDatabase();
    for (let killed = 0; killed < 6; killed++)
      expect(move(dataDir, database, 1 + Math.floor(Math.random() * (whole.steps - 1)))).toBeUndefined();
    expect(move(dataDir, database)?.content).toEqual(whole.content);
    const back = join(place, 'back');
    for (let killed = 0; killed < 3; killed++)
      expect(move(database, back, 2 + Math.floor(Math.random() * (whole.steps - 2)))).toBeUndefined();
    expect(move(database, back)?.content).toEqual(whole.content);
  });
});

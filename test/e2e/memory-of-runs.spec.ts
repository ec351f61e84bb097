import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectGarbage } from '@datakeep/kernel/testing';
import type { AppClient } from '../support/keep-client.ts';
import {
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';

const resultBytes = 900_000;

describe('a keep whose callers wait for their runs', () => {
  let under: KeepUnderTest;
  let app: AppClient;

  beforeAll(async () => {
    under = await keepUnderTest();
    app = await walkingApp(under.admin);
  });
  afterAll(() => under.stop());

  it('holds no result in memory once it is answered', async () => {
    const instance = await permittedInstance(under.admin, app, {
      name: 'Large',
      runtime: 'javascript',
      permissions: [{ profile: walkProfile, rights: ['read'] }],
      files: [{ path: 'main.js', content: `module.exports = async () => 'x'.repeat(${resultBytes});` }],
    });
    const heapAfter = async (runs: number): Promise<number> => {
      for (let run = 0; run < runs; run += 1) expect((await app.run(instance)).state).toBe('succeeded');
      await collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await heapAfter(5);
    expect((await heapAfter(30)) - before).toBeLessThan(10 * resultBytes);
  });
});

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeepProcess } from '../support/keep-process.ts';

/** Node's inspector lets any local user run code in the process; SIGUSR1 opens it where that is not switched off. */
describe('A keep that is sent SIGUSR1', () => {
  let keep: KeepProcess;
  beforeAll(async () => {
    keep = await KeepProcess.start();
  });
  afterAll(() => keep?.dispose());

  it('opens no inspector, and answers on', async () => {
    process.kill(keep.pid, 'SIGUSR1');
    for (let n = 0; n < 50; n += 1) expect((await fetch(`${keep.url}/health/live`)).status).toBe(200);
    expect(keep.output).not.toMatch(/Debugger listening/i);
  });

  it.runIf(process.platform === 'linux')('waits for that signal at no time', async () => {
    const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(await readFile(`/proc/${keep.pid}/status`, 'utf8'))?.[1];
    // SIGUSR1 is 10, and bit 0 is signal 1.
    expect((BigInt(`0x${caught}`) >> 9n) & 1n).toBe(0n);
  });
});

import type * as childProcesses from 'node:child_process';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openJavaScriptService } from '../testing.ts';

const { machine } = vi.hoisted(() => ({ machine: { isExhausted: false } }));

/** As Node's own: with no file descriptor to spare it gives a child without streams, and an error in the next turn. */
vi.mock('node:child_process', async (original) => {
  const real = await original<typeof childProcesses>();
  const spawn: (...given: Parameters<typeof real.spawn>) => childProcesses.ChildProcess = (...given) => {
    if (!machine.isExhausted) return real.spawn(...given);
    const child = new real.ChildProcess();
    process.nextTick(() => child.emit('error', Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' })));
    return child;
  };
  return { ...real, spawn };
});

let keep: Awaited<ReturnType<typeof openJavaScriptService>>;
beforeAll(async () => void (keep = await openJavaScriptService()));
afterAll(() => keep.close());

it('A keep without a file descriptor to spare refuses runs that need a process, and serves the others', async () => {
  const sourceCodeId = await keep.upload('module.exports = () => 1;');
  machine.isExhausted = true;
  // By the process that was started ahead; another cannot be.
  expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded' });
  await expect(keep.run(sourceCodeId, { reuseKey: 'another' })).rejects.toMatchObject({
    code: 'execution-service-unreachable',
  });
  expect(await keep.run(sourceCodeId)).toMatchObject({ state: 'succeeded' });
  machine.isExhausted = false;
  expect(await keep.run(sourceCodeId, { reuseKey: 'another' })).toMatchObject({ state: 'succeeded' });
});

import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { DistributedKeep } from '../support/distributed-keep.ts';
import { KeepProcess } from '../support/keep-process.ts';
import { ownDatabase } from '../support/keep-shapes.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { isAlive } from '../support/process-family.ts';
import { useService } from '../support/services/use-service.ts';

const suite = 'SIGTERM to a process with a thread that never stops';
const [{ name, uri }, redis] = await Promise.all([mongoServer(suite), useService('redis', suite)]);

// No view runs here, so nothing needs to be proved.
const env = {
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('../support/stuck-thread.ts', import.meta.url))}`,
  VIEW_PROCESSES: '1',
  RUNTIMES: 'javascript',
};

interface Stuck {
  readonly pid: number;
  readonly output: string;
  sigterm(): Promise<number | null>;
}

/** The numbers of the processes, each of which has a thread that is stuck and a SIGTERM. */
async function stuckAndStopped(processes: readonly Stuck[]): Promise<number[]> {
  for (const { pid } of processes) process.kill(pid, 'SIGUSR2');
  for (const one of processes) await vi.waitFor(() => expect(one.output).toContain('a thread is stuck'));
  for (const one of processes) void one.sigterm();
  return processes.map(({ pid }) => pid);
}

/** The deadline is 15 s; four times that is a process that does not end. */
const patience = { timeout: 60_000, interval: 250 };

// Together, since they mostly wait for the deadline.
describe.concurrent('SIGTERM to a process with a thread that never stops', () => {
  const endings: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(endings.map((end) => end())));

  it('the keep in one process ends all the same', async () => {
    const keep = await KeepProcess.start({ env });
    endings.push(async () => {
      await keep.kill();
      await keep.dispose();
    });
    const pids = await stuckAndStopped([Object.assign(keep, { sigterm: () => keep.stop('SIGTERM') })]);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), patience);
  });

  it.runIf(uri && redis)(`each of the four processes ends all the same, on ${name}`, async () => {
    const keep = await DistributedKeep.start({
      engine: 'mongodb',
      mongodbUri: ownDatabase(uri!),
      redisUrl: redis!.uri,
      env,
    });
    endings.push(async () => {
      await Promise.all(keep.all.map((service) => service.end('SIGKILL')));
      await keep.stop();
    });
    const pids = await stuckAndStopped(
      keep.all.map((service) => Object.assign(service, { sigterm: () => service.end('SIGTERM') })),
    );
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), patience);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const logger = fileURLToPath(new URL('./logger.ts', import.meta.url));

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

/** A process that logs one line, then does the rest. */
function program(rest: string): ChildProcess {
  const code = `
    const { createLogger } = await import(${JSON.stringify(logger)});
    const log = createLogger('info');
    log.info('begun');
    ${rest}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['pipe', 'pipe', 'inherit'] });
}

describe('A process whose log is read by another', () => {
  it('ends although its reader has gone', async () => {
    child = program(`
      process.stdin.resume().on('end', () => {
        for (let n = 0; n < 100; n += 1) log.info('more');
        process.exit(7);
      });`);
    const [first] = (await once(child.stdout!, 'data')) as [Buffer];
    expect(first.toString()).toContain('"msg":"begun"');
    child.stdout!.destroy();
    child.stdin!.end();
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('goes on, and keeps little of its log, although its reader is stuck', async () => {
    child = program(`
      for (let n = 0; n < 50_000; n += 1) log.info('x'.repeat(1000));
      process.exit(process.memoryUsage().external < 20e6 ? 7 : 8);`);
    child.stdout!.pause();
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});

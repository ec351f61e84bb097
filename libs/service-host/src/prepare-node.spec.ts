import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const module = fileURLToPath(new URL('./prepare-node.ts', import.meta.url));

async function evaluate(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
  return stdout.trim();
}

const loaded = `process.moduleLoadList.some((name) => name.includes('undici/undici'))`;

describe('a process that was prepared', () => {
  it('does not load undici for an ES module that imports http, which it would do by itself', async () => {
    const report = `await import('node:http'); console.log(${loaded});`;
    expect(
      await evaluate(`const { prepareNode } = await import('${module}'); prepareNode(process.version); ${report}`),
    ).toBe('false');
    expect(await evaluate(report)).toBe('true');
  });

  it('has fetch and WebSocket all the same', async () => {
    const use = `await import('node:http'); console.log(await (await fetch('data:,here')).text(), typeof WebSocket, typeof MessageEvent);`;
    expect(
      await evaluate(`const { prepareNode } = await import('${module}'); prepareNode(process.version); ${use}`),
    ).toBe('here function function');
  });

  it('ends with one line where Node is too old', async () => {
    const code = `const { prepareNode } = await import('${module}'); prepareNode('v20.19.0'); console.log('went on');`;
    await expect(evaluate(code)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Datakeep needs Node 26; this is v20\.19\.0\. [^\n]*\n$/),
    });
  });
});

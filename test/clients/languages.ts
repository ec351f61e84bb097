import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../support/python-environment.ts';
import type { ClientLanguage } from './client-driver.ts';
import { drivenProgram } from './driven-program.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const typescript = fileOf('typescript-client.child.ts');

export async function languages(): Promise<readonly ClientLanguage[]> {
  return [
    {
      language: 'TypeScript',
      start: () => drivenProgram(process.execPath, [typescript]),
    },
    ...otherRuntimes.flatMap(({ name, args }) => runtimeOf(name, args)),
    ...(await pythons()),
  ];
}

/** Of which the client for TypeScript says that it runs there. */
const otherRuntimes = [
  { name: 'bun', args: [] },
  { name: 'deno', args: ['run', '--quiet', '--allow-all', '--no-config', '--node-modules-dir=none'] },
] as const;

function runtimeOf(name: string, args: readonly string[]): readonly ClientLanguage[] {
  const { error } = spawnSync(name, ['--version']);
  if (error === undefined)
    return [
      {
        language: `TypeScript (${name})`,
        repeatsReads: true,
        start: () => drivenProgram(name, [...args, typescript]),
      },
    ];
  process.stdout.write(`not run: the client in TypeScript under ${name} (it is not on the PATH)\n`);
  return [];
}

async function pythons(): Promise<readonly ClientLanguage[]> {
  const environment = await pythonEnvironment('python-client-httpx-0.28.1', ['httpx==0.28.1'], 'the client in Python');
  if (environment === undefined) return [];
  const source = fileOf('../../clients/python/src');
  const start = (kind: 'sync' | 'async') =>
    drivenProgram(environment.python, ['-W', 'default', fileOf('python_driver.py'), kind], {
      PYTHONPATH: source,
      PYTHONPYCACHEPREFIX: environment.compiled,
    });
  return [
    { language: 'Python', start: () => start('sync') },
    { language: 'Python (async)', start: () => start('async') },
  ];
}

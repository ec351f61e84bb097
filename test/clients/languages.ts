import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../support/python-environment.ts';
import type { ClientLanguage } from './client-driver.ts';
import { drivenProgram } from './driven-program.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export async function languages(): Promise<readonly ClientLanguage[]> {
  return [
    {
      language: 'TypeScript',
      start: () => drivenProgram(process.execPath, [fileOf('typescript-client.child.ts')]),
    },
    ...(await pythons()),
  ];
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

import { fileURLToPath } from 'node:url';
import type { ClientLanguage } from './client-driver.ts';
import { drivenProgram } from './driven-program.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export async function languages(): Promise<readonly ClientLanguage[]> {
  return [
    {
      language: 'TypeScript',
      start: () => drivenProgram(process.execPath, [fileOf('typescript-client.child.ts')]),
    },
  ];
}

import { fileURLToPath } from 'node:url';
import type { SourceFile } from '@datakeep/contracts';
import type { LaunchRequest } from '../../jail/launcher.ts';
import type { LanguageAttacks } from '../../self-test/attacks.ts';
// Nothing imports the attacking program; this makes the compiler emit it beside the rest.
import type { AttackerFileName } from './attacker.ts';

const view = (body: string): readonly SourceFile[] => [
  { path: 'main.js', content: `module.exports = async () => { ${body} };` },
];

const views: LanguageAttacks['views'] = {
  loop: view('for (;;);'),
  memory: view(
    'const all = []; for (let n = 0; n < 1024; n++) all.push(new Uint8Array(1_048_576).fill(1)); return all.length;',
  ),
  output: view("const line = 'x'.repeat(100_000); for (let n = 0; n < 1000; n++) console.log(line);"),
  result: view("return 'x'.repeat(100_000_000);"),
};

/** `started`: how a view process starts with `file` in the runner's place. */
export function javaScriptAttacks(started: (file: string, bare: boolean) => LaunchRequest): LanguageAttacks {
  const name: AttackerFileName = import.meta.url.endsWith('.ts') ? 'attacker.ts' : 'attacker.js';
  const file = fileURLToPath(new URL(name, import.meta.url));
  return {
    reach: {
      program: (targetsJson, bare) => {
        const request = started(file, bare);
        return { ...request, arguments: [...request.arguments, targetsJson] };
      },
    },
    views,
  };
}

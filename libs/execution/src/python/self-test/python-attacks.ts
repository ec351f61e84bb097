import { readFile } from 'node:fs/promises';
import type { SourceFile } from '@datakeep/contracts';
import type { LanguageAttacks } from '../../self-test/attacks.ts';

const view = (content: string): readonly SourceFile[] => [{ path: 'main.py', content }];
const body = (...lines: string[]): readonly SourceFile[] =>
  view(['def main(parameters, keep):', ...lines.map((line) => `    ${line}`)].join('\n'));

/** View code in Python has all of the language: the attacking program is a view like any other. */
export async function pythonAttacks(): Promise<LanguageAttacks> {
  return {
    reach: { view: view(await readFile(new URL('./attacker.py', import.meta.url), 'utf8')) },
    views: {
      loop: body('while True: pass'),
      memory: body(
        'everything = []',
        'for _ in range(1024): everything.append(bytearray(b"x") * 1048576)',
        'return len(everything)',
      ),
      output: body('line = "x" * 100000', 'for _ in range(1000): print(line)'),
      result: body('return "x" * 100000000'),
    },
  };
}

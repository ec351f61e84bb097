import { describe, expect, it } from 'vitest';
import type { Launch } from '../jail/launcher.ts';
import { runAttacks } from './attack-run.ts';

const printing = (text: string): Launch => ({
  file: process.execPath,
  arguments: ['-e', `process.stdout.write(${JSON.stringify(text)})`],
  environment: {},
});

describe('an attacking program', () => {
  const { signal } = new AbortController();

  it('tells how each attack that the keep knows went, one to a line', async () => {
    const line = { attack: 'reads a file that everybody may read', refused: true, code: 'EACCES' };
    const lines = await runAttacks(printing(`${JSON.stringify(line)}\n{"attack":"unheard of"}\n`), signal);
    expect(lines).toEqual([line]);
  });

  it.each(['[1:0x3f] 47 ms: Scavenge 5.8 MB\n', 'null\n', '{"attack":'])(
    'that prints anything else has not reported: %j',
    async (text) => {
      await expect(runAttacks(printing(text), signal)).rejects.toThrow('no report');
    },
  );
});

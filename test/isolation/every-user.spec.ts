import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionOutcome, RuntimeReport } from '@datakeep/contracts';

interface Told {
  readonly reports: readonly RuntimeReport[];
  readonly outcome: ExecutionOutcome;
}

interface Calls {
  readonly refused: Readonly<Record<string, string>>;
  readonly special: Readonly<Record<string, string>>;
  readonly signals: Readonly<Record<string, string>>;
  readonly harmless: readonly string[];
  readonly uid: number;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const own = process.getuid?.() ?? 0;
const ordinary = own === 0 ? 65_534 : own;
const newest = 'of this machine';
/** Landlock ABIs that kernels have had; the launcher uses none beyond that of this machine. */
const abis = ['1', '2', '3', '4', '5', '6'];
// Only root can become another user; else the tests run as the present user. Below ABI 6 Landlock blocks no signal, and
// where the views' user is the keep's, neither does the user.
const keeps: readonly (readonly [user: number, abi: string])[] = [
  ...(own === 0 ? [[0, newest] as const] : []),
  ...[newest, ...abis].map((abi) => [ordinary, abi] as const),
];

/** Runs the child as that user, with the libs' names resolved to their sources. */
async function keepOf(user: number, abi: string): Promise<Told> {
  const directory = await mkdtemp(join(tmpdir(), 'datakeep-user-'));
  await chmod(directory, 0o755);
  const hooks = join(directory, 'hooks.mjs');
  await writeFile(
    hooks,
    `import { registerHooks } from 'node:module';
     registerHooks({ resolve: (name, context, next) => next(name.replace(/^@datakeep\\/(\\w+)(?:\\/(\\w+))?$/,
       (_, lib, entry) => ${JSON.stringify(`file://${root}`)} + 'libs/' + lib + '/src/' + (entry ?? 'index') + '.ts'),
       context) });`,
  );
  try {
    const program = fileURLToPath(new URL('./keep-of-user.child.ts', import.meta.url));
    const values = ['--no-warnings', '--import', hooks, program, ...(abi === newest ? [] : [abi])];
    const { stdout } = await promisify(execFile)(process.execPath, values, {
      cwd: root,
      ...(user === process.getuid?.() ? {} : { uid: user, gid: user }),
      env: { PATH: '/usr/bin:/bin' },
      // Shorter than a hook's, so that what it printed is told.
      timeout: 200_000,
      maxBuffer: 4_194_304,
    });
    return JSON.parse(stdout) as Told;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe.runIf(process.platform === 'linux').each(keeps)(
  'The isolation of a keep that runs as the user %i with the Landlock ABI %s',
  (user, abi) => {
    let told: Told;
    beforeAll(async () => {
      told = await keepOf(user, abi);
      for (const { name, isolation } of told.reports)
        process.stdout.write(
          `as the user ${user}, ABI ${abi}: ${name}, ${isolation.level}, layers ${isolation.layers.join(' ')}\n`,
        );
    });

    it('is proved for each language', () => {
      for (const { isolation, selfTest } of told.reports) {
        expect(selfTest?.attacks.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'killed')).toEqual([]);
        expect(isolation.level).toBe('os');
        expect(isolation.layers.includes('uid')).toBe(user === 0);
      }
    });

    it('refuses view code every system call of the list', () => {
      const { refused } = callsOf(told);
      expect(Object.keys(refused).length).toBeGreaterThan(100);
      expect(Object.entries(refused).filter(([, answer]) => answer !== 'EACCES')).toEqual([]);
    });

    it('refuses it processes, programs, groups, signals, limits of others, and to outlive its supervisor', () => {
      const { special, uid } = callsOf(told);
      const { clone3, ...others } = special;
      expect(clone3).toBe('ENOSYS');
      expect(Object.entries(others).filter(([, answer]) => answer !== 'EACCES')).toEqual([]);
      expect(uid === user).toBe(user !== 0);
    });

    it('lets it name nobody whom the kernel shall signal, by any command, and use a socket otherwise', () => {
      const { signals, harmless } = callsOf(told);
      expect(Object.entries(signals).filter(([, answer]) => answer !== 'EACCES')).toEqual([]);
      expect(harmless).toEqual(['passed', 'passed']);
    });
  },
);

function callsOf({ outcome }: Told): Calls {
  if (outcome.state !== 'succeeded') throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return JSON.parse(outcome.resultJson) as Calls;
}

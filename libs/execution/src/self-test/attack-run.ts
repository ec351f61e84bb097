import { spawn } from 'node:child_process';
import type { Launch } from '../jail/launcher.ts';
import { attackLayers, type AttackLine } from './attacks.ts';

const limitMs = 20_000;
const maxOutputBytes = 65_536;

/**
 * Runs an attacking program to its end and returns what it printed. Rejects when it cannot be started, does not finish,
 * prints anything else, or `signal` aborts.
 */
export function runAttacks(launch: Launch, signal: AbortSignal): Promise<readonly AttackLine[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(launch.file, launch.arguments, {
      env: launch.environment,
      cwd: '/',
      detached: true,
      // fd 3 as a view's, that nothing else may be there.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      ...launch.user,
    });
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') reject(error as Error);
      }
    };
    const report = (printed: string): void => {
      try {
        const lines = printed.split('\n').filter(Boolean);
        resolve(attackLines(lines.map((line) => JSON.parse(line) as unknown)));
      } catch (cause) {
        reject(new Error('the attacking program printed what is no report', { cause }));
      }
    };
    const timer = setTimeout(kill, limitMs);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
        if (output[stream].length > maxOutputBytes) kill();
      });
    child.once('error', reject);
    child.once('close', (code, by) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      kill();
      if (code === 0) return report(output.stdout);
      const jail = /^datakeep-jail: (.{1,300})$/m.exec(output.stderr)?.[1];
      reject(new Error(jail ?? `the attacking program ended by ${by ?? `exit code ${code}`}`));
    });
  });
}

/** The legal attack lines of `report`. */
export function attackLines(report: unknown): AttackLine[] {
  if (!Array.isArray(report)) return [];
  return report.filter(
    (line: Partial<AttackLine>) => line.attack !== undefined && Object.hasOwn(attackLayers, line.attack),
  ) as AttackLine[];
}

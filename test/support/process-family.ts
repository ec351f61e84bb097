import { execFileSync, spawnSync } from 'node:child_process';

/** Numbers of the processes that it started and that still run. */
export function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'ppid=,pid='], { encoding: 'utf8' }).trim().split('\n');
  return table
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([parent, child]) => (parent === pid ? [child!] : []));
}

/** Whether the process still runs; one that has ended and that its parent has not looked at yet does not. */
export function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

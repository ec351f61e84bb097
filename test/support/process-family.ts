import { execFileSync } from 'node:child_process';

/** Numbers of the processes that it started and that still run. */
export function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'ppid=,pid='], { encoding: 'utf8' }).trim().split('\n');
  return table.map((line) => line.trim().split(/\s+/).map(Number)).flatMap(([parent, child]) => (parent === pid ? [child!] : []));
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // gone
  }
}

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node supports. */
const tickMs = 10;

/** Resident bytes and threads of a process, from /proc (Linux, about 30 µs); undefined when it is gone. */
export function stateOf(pid: number): { readonly residentBytes: number; readonly threads: number } | undefined {
  const status = read(`/proc/${pid}/status`);
  const kib = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined
    ? undefined
    : { residentBytes: Number(kib) * 1024, threads: Number(/^Threads:\s*(\d+)$/m.exec(status)?.[1] ?? 1) };
}

/** A process and all that descend from it, from /proc (Linux; elsewhere itself alone). */
export function familyOf(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

/** CPU ms of a process so far, from /proc (Linux); 0 where that is not to be had. */
export function cpuMs(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is a name that may hold blanks and brackets; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * tickMs;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** macOS and others without /proc: resident bytes by pid, from `ps`. */
export function residentBytesByPs(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'pid=,rss=', '-p', pids.join(',')], (_error, output) => {
      const rows = output.trim().split('\n');
      const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
      resolve(new Map(pairs.flatMap(([pid, kib]) => (pid && kib ? [[pid, kib * 1024] as const] : []))));
    });
  });
}

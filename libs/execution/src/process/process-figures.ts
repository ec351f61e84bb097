import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node supports. */
const tickMs = 10;

/** Resident bytes and threads of a process, from /proc (Linux, about 30 µs); undefined when it is gone. */
export function stateOf(pid: number): { readonly residentBytes: number; readonly threads: number } | undefined {
  const status = read(`/proc/${pid}/status`);
  const residentBytes = residentBytesIn(status);
  return residentBytes === undefined
    ? undefined
    : { residentBytes, threads: Number(/^Threads:\s*(\d+)$/m.exec(status)?.[1] ?? 1) };
}

function residentBytesIn(status: string): number | undefined {
  const kib = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** A process and all that descend from it, from /proc (Linux; elsewhere itself alone). */
export function familyOf(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

/** CPU ms of a process so far, from /proc (Linux); 0 where that is not to be had. */
export function cpuMs(pid: number): number {
  return cpuMsIn(read(`/proc/${pid}/stat`));
}

function cpuMsIn(stat: string): number {
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

/**
 * What one process itself uses, read through files that stay open: a tenth of the cost of opening them each time. 0
 * without /proc, and when the process has exited.
 */
export class ProcessFiles {
  readonly #buffer = Buffer.allocUnsafe(4096);
  #status: number | undefined;
  #stat: number | undefined;

  constructor(pid: number) {
    this.#status = open(`/proc/${pid}/status`);
    this.#stat = open(`/proc/${pid}/stat`);
  }

  residentBytes(): number {
    return residentBytesIn(this.#read(this.#status)) ?? 0;
  }

  cpuMs(): number {
    return cpuMsIn(this.#read(this.#stat));
  }

  close(): void {
    for (const file of [this.#status, this.#stat]) if (file !== undefined) closeSync(file);
    this.#status = this.#stat = undefined;
  }

  #read(file: number | undefined): string {
    if (file === undefined) return '';
    try {
      return this.#buffer.toString('latin1', 0, readSync(file, this.#buffer, 0, this.#buffer.length, 0));
    } catch {
      return '';
    }
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
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

import { execFileSync } from 'node:child_process';

export interface Memory {
  /** Resident MiB of the server's own process. */
  readonly server: number;
  /** Resident MiB of each process under it. */
  readonly children: readonly number[];
}

/** Resident memory of a server and of the processes under it, by `ps` (Linux and macOS). */
export function memoryOf(pid: number): Memory {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  const all = lines.map((text) => text.trim().split(/\s+/).map(Number) as [pid: number, parent: number, kib: number]);
  const family = new Set([pid]);
  // A child mostly, but not always, has a higher pid than its parent, so the list is scanned until no process is added.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [child, parent] of all) if (family.has(parent)) family.add(child);
  }
  const mib = (kib: number) => kib / 1024;
  return {
    server: mib(all.find(([number]) => number === pid)?.[2] ?? 0),
    children: all.filter(([number]) => number !== pid && family.has(number)).map(([, , kib]) => mib(kib)),
  };
}

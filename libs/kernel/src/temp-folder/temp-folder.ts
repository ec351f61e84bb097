import { chmodSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const swept = new Set<string>();

/**
 * A folder of this process (0700) in the system's folder for temporary files. The first one of a `use` also removes
 * those of the same use that this user's processes left when they were killed.
 */
export function makeTempFolder(use: string): string {
  if (!swept.has(use)) sweep(use);
  swept.add(use);
  return mkdtempSync(join(tmpdir(), `datakeep-${use}-${process.pid}.${namespace()}-`));
}

/** The name has the owner, so that no folder of a living process is ever taken for one that was left. */
function sweep(use: string): void {
  const left = new RegExp(`^datakeep-${use}-(\\d+)\\.${namespace()}-\\w{6}$`);
  for (const name of namesIn(tmpdir())) {
    const [, pid] = left.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    try {
      const found = lstatSync(folder);
      if (!found.isDirectory() || found.uid !== process.getuid?.()) continue;
      // Others may have been let in, who could put a link in the place of what is being removed.
      chmodSync(folder, 0o700);
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another process sweeps as well.
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder to make others in, and not to look into.
    return [];
  }
}

/** A pid says something within its namespace alone: containers may share the folder. Elsewhere than on Linux: 0. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

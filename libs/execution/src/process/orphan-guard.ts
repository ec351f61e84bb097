import { spawn, type ChildProcess } from 'node:child_process';

// Reads `+ <group>` and `- <group>` lines. At the end of input, which comes also when the keep is killed, it kills the
// remaining groups.
const script =
  'live=" "; while read -r op id; do case "$op" in +) live="$live$id ";; ' +
  '-) live="${live%% $id *} ${live#* $id }";; esac; done; for id in $live; ' +
  'do kill -s KILL -- "-$id" 2>/dev/null || :; done';

/**
 * Ends view processes when the keep is killed outright. A view that loops never sees its channel close, and there is
 * no PDEATHSIG without native code; so one small shell, alive while there are view processes, does it at once.
 */
export class OrphanGuard {
  #shell: ChildProcess | undefined;
  #groups = new Set<number>();

  add(group: number): void {
    this.#groups.add(group);
    if (this.#shell) this.#shell.stdin?.write(`+ ${group}\n`);
    else this.#start();
  }

  #start(): void {
    // A group of its own: a signal to the keep's group (Ctrl-C in a terminal) must not end it first.
    const shell = spawn('/bin/sh', ['-c', script], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
      cwd: '/',
      detached: true,
    });
    this.#shell = shell;
    shell.unref();
    // A guard that cannot start or was ended leaves the CPU limit as the last line; the next process starts another.
    const gone = (): void => {
      if (this.#shell === shell) this.#shell = undefined;
    };
    shell.on('error', gone);
    shell.on('exit', gone);
    shell.stdin?.on('error', gone);
    for (const group of this.#groups) shell.stdin?.write(`+ ${group}\n`);
  }

  remove(group: number): void {
    if (!this.#groups.delete(group)) return;
    this.#shell?.stdin?.write(`- ${group}\n`);
    if (this.#groups.size > 0) return;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }
}

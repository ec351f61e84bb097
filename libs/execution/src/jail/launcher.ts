import { execFile } from 'node:child_process';
import type { Isolation } from '@datakeep/contracts';

/** What a runtime wants started: the program and its arguments, and the limits that the kernel shall hold. */
export interface LaunchRequest {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Files and folders that the process itself must be able to read, beside the program and the system's libraries. */
  readonly reads: readonly string[];
  /** RLIMIT_DATA, and RLIMIT_AS (of no use to Node: docs/isolation.md, T3). */
  readonly dataMiB?: number;
  readonly addressSpaceMiB?: number;
  readonly cpuSeconds: number;
  /** Threads and processes at once. */
  readonly processes: number;
  /** It forks for each run (a zygote); its children lock themselves up further with `seccomp.child_program`. */
  readonly forks?: boolean;
}

/**
 * How it is started, in `/`. stdin is empty, stdout and stderr are pipes, fd 3 is the channel; always in its own
 * process group.
 */
export interface Launch {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** All that a view process finds in its environment. */
export const viewEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  TZ: 'UTC',
  OPENSSL_CONF: '/dev/null',
};

/**
 * Puts layers around a view process. Contract: `isolation` names only what `launch` really does; a layer that cannot be
 * set up makes `launch` throw and is never left out silently.
 */
export interface Launcher {
  /** Finds out what is possible here for this program. Called once, before the first `launch`. */
  prepare(request: LaunchRequest): Promise<void>;
  launch(request: LaunchRequest): Launch;
  readonly isolation: Isolation & { readonly proof: string };
  close(): Promise<void>;
}

/** Any number that no account has: needs no entry in a user database. */
const ownId = 62_513;

// Fail closed: `set -e` ends the shell when a limit cannot be set. macOS refuses `ulimit -d`, which bounds nothing
// there.
const limitScript = (bounds: readonly string[]): string =>
  `set -e; ulimit -c 0; ulimit -f 0; ulimit -n 64; ulimit -S -t "$1"; ` +
  `ulimit -H -t $(($1 + 1)); ${bounds.map((bound) => `ulimit ${bound}; `).join('')}shift; exec "$@"`;

/**
 * What is left without a kernel jail, layers 0 to 3 of docs/isolation.md: a process of its own, the runtime's flags,
 * rlimits by a POSIX shell, the supervisor. Without the jail's death signal, a view that loops outlives a keep that is
 * killed outright, up to its CPU limit.
 */
export class LanguageLauncher implements Launcher {
  #user: { readonly uid: number; readonly gid: number } | undefined;
  readonly #platform: NodeJS.Platform;
  readonly #missing: string;

  /** `missing`: why there is no jail. */
  constructor(platform: NodeJS.Platform = process.platform, missing = 'none was asked for') {
    this.#platform = platform;
    this.#missing = missing;
  }

  async prepare(request: LaunchRequest): Promise<void> {
    if (process.getuid?.() !== 0) return;
    const user = { uid: ownId, gid: ownId };
    if (await this.#canStart(request, user)) this.#user = user;
  }

  /** Whether a process of `user` can run the program and read its files. */
  #canStart(request: LaunchRequest, user: { uid: number; gid: number }): Promise<boolean> {
    const script = '[ -x "$1" ] && shift && for file; do [ -r "$file" ] || exit 1; done';
    const values = ['-c', script, 'view', request.program, ...request.reads];
    return new Promise((resolve) => {
      execFile('/bin/sh', values, { ...user, cwd: '/', env: {} }, (error) => resolve(error === null));
    });
  }

  launch(request: LaunchRequest): Launch {
    const { dataMiB, addressSpaceMiB, cpuSeconds } = request;
    const bounds = [
      ...(dataMiB === undefined ? [] : [`-d ${dataMiB * 1024}`]),
      ...(addressSpaceMiB === undefined ? [] : [`-v ${addressSpaceMiB * 1024}`]),
    ];
    return {
      file: '/bin/sh',
      arguments: [
        '-c',
        limitScript(this.#platform === 'darwin' ? [] : bounds),
        'view',
        String(cpuSeconds),
        request.program,
        ...request.arguments,
      ],
      environment: viewEnvironment,
      ...(this.#user ? { user: this.#user } : {}),
    };
  }

  get isolation(): Isolation & { readonly proof: string } {
    const root = process.getuid?.() === 0;
    const who = this.#user
      ? `as the user ${this.#user.uid}, which owns nothing`
      : root
        ? "as root, because another user cannot reach the runtime's files here"
        : "as the keep's own user";
    return {
      level: 'language',
      layers: ['process', ...(this.#user ? ['uid'] : []), 'language', 'rlimits', 'supervisor'],
      proof:
        `There is no kernel jail (${this.#missing}). View code runs in a process of its own, ${who}, ` +
        `with an empty environment, resource limits and the runtime's permission model, ` +
        'which by its own documentation gives no guarantee against malicious code. ' +
        'The admin must trust every view that is registered.',
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

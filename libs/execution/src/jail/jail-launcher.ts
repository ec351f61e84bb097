import { execFile } from 'node:child_process';
import { access, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Isolation } from '@datakeep/contracts';
import { viewEnvironment, type Launch, type Launcher, type LaunchRequest } from './launcher.ts';
import { elfInterpreter } from './elf.ts';
import { ReachableFiles } from './reachable-files.ts';

export interface JailOptions {
  /**
   * Paths of Python 3 candidates; the first real program counts. PATH is not searched: it may name a version manager's
   * script.
   */
  readonly pythons?: readonly string[];
  /** The bubblewrap program, for namespaces around the jail; default: none. */
  readonly bubblewrap?: string;
  readonly platform?: NodeJS.Platform;
  /** The newest Landlock ABI to use, as on an older kernel; default: the newest of this kernel. For tests. */
  readonly landlockAbi?: number;
}

/** Numbers that no account has, one for each process in turn; systemd leaves this range alone. */
const firstUid = 60_578;
const uids = 256;
const openFiles = 64;
const trialMs = 5000;

const defaultPythons = ['/usr/bin/python3', '/usr/local/bin/python3', '/bin/python3'];
/** What any program needs that is linked to libraries; those that are there. */
const libraries = ['/usr/lib', '/usr/lib64', '/lib', '/lib64', '/etc/ld.so.cache', '/dev/null', '/dev/urandom'];

interface Prepared {
  readonly python: string;
  readonly script: string;
  readonly libraries: readonly string[];
  /** Only as root, which starts it as another user. */
  readonly files: ReachableFiles | undefined;
  /** The program's loader. */
  readonly interpreter: string | undefined;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(found.filter((path) => path !== undefined))];
}

/**
 * The kernel's jail around a view process (docs/isolation.md): jail/launcher.py sets rlimits, a uid that no account has
 * (where it may), no_new_privs, Landlock and seccomp, and becomes the runtime. As root or not; Linux only. `prepare`
 * throws with what is missing where that cannot be set up.
 */
export class JailLauncher implements Launcher {
  readonly #options: JailOptions;
  readonly #root = process.getuid?.() === 0;
  #prepared: Prepared | undefined;
  #started = 0;

  constructor(options: JailOptions = {}) {
    this.#options = options;
  }

  async prepare(request: LaunchRequest): Promise<void> {
    if ((this.#options.platform ?? process.platform) !== 'linux')
      throw new Error('there is no kernel jail but on Linux');
    const python = await this.#python();
    this.#prepared = {
      python,
      script: fileURLToPath(new URL('./launcher.py', import.meta.url)),
      libraries: await existing(libraries),
      files: this.#root ? new ReachableFiles() : undefined,
      interpreter: await elfInterpreter(request.program),
    };
    try {
      await this.#try(request);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #python(): Promise<string> {
    for (const name of this.#options.pythons ?? defaultPythons) {
      try {
        const path = await realpath(name);
        await elfInterpreter(path);
        return path;
      } catch {
        // Not there, or a script that would look for the real one at each start.
        continue;
      }
    }
    throw new Error('the jail needs Python 3 (Debian: python3-minimal), and there is none');
  }

  /**
   * Runs the program's `--version` in the jail: proves that all layers can be set up and that its files are reachable
   * inside.
   */
  #try(request: LaunchRequest): Promise<void> {
    const { file, arguments: values, environment, user } = this.launch({ ...request, arguments: ['--version'] });
    return new Promise((resolve, reject) => {
      execFile(
        file,
        [...values],
        { cwd: '/', env: environment, timeout: trialMs, killSignal: 'SIGKILL', ...user },
        (error, _output, errors) => {
          if (!error) return resolve();
          reject(
            new Error(
              /^datakeep-jail: (.{1,300})$/m.exec(errors)?.[1] ??
                /^bwrap: .{1,300}$/m.exec(errors)?.[0] ??
                `${request.program} does not start in the jail`,
            ),
          );
        },
      );
    });
  }

  launch(wanted: LaunchRequest): Launch {
    const prepared = this.#prepared;
    if (!prepared) throw new Error('The launcher is not prepared.');
    const request = prepared.files?.in(wanted) ?? wanted;
    const { interpreter } = prepared;
    const { bubblewrap, landlockAbi } = this.#options;
    const user = this.#root ? this.#nextUser() : undefined;
    const runs = [request.program, ...(interpreter === undefined ? [] : [interpreter])];
    const jail = [
      prepared.python,
      '-I',
      '-S',
      '-B',
      prepared.script,
      // Under bubblewrap the parent is the first process of the namespace.
      `parent=${bubblewrap === undefined ? process.pid : 1}`,
      ...(user && bubblewrap === undefined ? [`uid=${user.uid}`, `gid=${user.gid}`] : []),
      `cpu=${request.cpuSeconds}`,
      ...(request.dataMiB === undefined ? [] : [`data=${request.dataMiB}`]),
      ...(request.addressSpaceMiB === undefined ? [] : [`as=${request.addressSpaceMiB}`]),
      `files=${openFiles}`,
      // RLIMIT_NPROC counts all threads of a user, the supervisor's too: it bounds a process only if the user is its
      // own.
      ...(user ? [`processes=${request.processes}`] : []),
      ...(landlockAbi === undefined ? [] : [`landlock=${landlockAbi}`]),
      ...(request.forks === true ? ['forks=1'] : []),
      ...[...prepared.libraries, ...request.reads].map((path) => `read=${path}`),
      ...runs.map((path) => `run=${path}`),
      ...Object.entries(viewEnvironment).map(([name, value]) => `env=${name}=${value}`),
      '--',
      request.program,
      ...request.arguments,
    ];
    const [file, ...values] =
      bubblewrap === undefined
        ? jail
        : [bubblewrap, ...this.#namespaces(prepared, [...request.reads, ...runs]), ...jail];
    return {
      file: file!,
      arguments: values,
      environment: {},
      ...(bubblewrap !== undefined && user ? { user } : {}),
    };
  }

  #nextUser(): { readonly uid: number; readonly gid: number } {
    const id = firstUid + (this.#started++ % uids);
    return { uid: id, gid: id };
  }

  /**
   * Not `--new-session`: it would leave the process group, by which all of it is killed; there is no terminal to
   * protect.
   */
  #namespaces({ python, script, libraries: found }: Prepared, paths: readonly string[]): string[] {
    const shown = new Set([
      ...found.filter((path) => !path.startsWith('/dev/')),
      '/lib',
      '/lib64',
      python,
      dirname(script),
      ...paths,
    ]);
    // What lies in a folder that is shown is there already.
    const roots = [...shown].filter((path) => ![...shown].some((folder) => path.startsWith(`${folder}/`)));
    const binds = roots.flatMap((path) => [
      path === '/lib' || path === '/lib64' ? '--ro-bind-try' : '--ro-bind',
      path,
      path,
    ]);
    return ['--unshare-all', '--die-with-parent', '--clearenv', '--dev', '/dev', '--tmpfs', '/tmp', ...binds, '--'];
  }

  get isolation(): Isolation & { readonly proof: string } {
    return {
      level: 'language',
      layers: [
        'process',
        ...(this.#root ? ['uid'] : []),
        'language',
        'rlimits',
        'supervisor',
        'landlock',
        'seccomp',
        ...(this.#options.bubblewrap === undefined ? [] : ['namespaces']),
      ],
      proof: 'The kernel jail (Landlock, seccomp) starts here; the self-test has not shown yet whether it holds.',
    };
  }

  async close(): Promise<void> {
    const { files } = this.#prepared ?? {};
    this.#prepared = undefined;
    await files?.close();
  }
}

/** Where bubblewrap lies, if it is installed. */
export async function findBubblewrap(): Promise<string | undefined> {
  for (const path of ['/usr/bin/bwrap', '/usr/local/bin/bwrap']) {
    try {
      await access(path);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

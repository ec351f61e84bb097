import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);

export interface PythonEnvironment {
  readonly python: string;
  /** The packages as they were downloaded, to install them elsewhere without a network. */
  readonly wheels: string;
  /** For `PYTHONPYCACHEPREFIX`, so that nothing is written beside the sources. */
  readonly compiled: string;
  program(name: string): string;
}

/**
 * A virtual environment with packages from PyPI, made once by its name, which one suite alone uses. Where it is not
 * available the run reports it with the reason, and `REQUIRE_SERVICES` makes that an error.
 */
export async function pythonEnvironment(
  name: string,
  releases: readonly string[],
  suite: string,
): Promise<PythonEnvironment | undefined> {
  const folder = join(cacheFolder, name);
  const wheels = join(folder, 'wheels');
  const program = (file: string): string => join(folder, 'bin', file);
  const environment: PythonEnvironment = {
    python: program('python3'),
    wheels,
    compiled: join(folder, 'compiled'),
    program,
  };
  const pip = (...args: readonly string[]) =>
    run(environment.python, ['-m', 'pip', ...args, '--quiet', '--disable-pip-version-check', ...releases]);
  try {
    // Run and not looked for: an environment outlives the Python that it was made with.
    await pip('install', '--no-index', '--find-links', wheels);
    return environment;
  } catch {
    // It is made now.
  }
  try {
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    await pip('download', '--dest', wheels);
    await pip('install', '--no-index', '--find-links', wheels);
    return environment;
  } catch (error) {
    // What is there in part must not pass for the environment.
    await rm(folder, { recursive: true, force: true });
    const why = String(error instanceof Error ? error.message : error).split('\n')[0];
    if ((process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('python-client'))
      throw new Error(`REQUIRE_SERVICES names python-client: ${why}`, { cause: error });
    process.stdout.write(`not run: ${suite} (${releases.join(', ')} cannot be installed: ${why})\n`);
    return undefined;
  }
}

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';

const run = promisify(execFile);
const release = 'openapi-python-client==0.29.1';
const folder = join(cacheFolder, 'openapi-python-client-0.29.1');

/**
 * The program openapi-python-client, from PyPI, in a virtual environment that is made once. Where it is not available
 * the run reports it with the reason, and `REQUIRE_SERVICES` makes that an error.
 */
export async function pythonGenerator(suite: string): Promise<string | undefined> {
  const program = `${folder}/bin/openapi-python-client`;
  try {
    // Run and not looked for: an environment outlives the Python that it was made with.
    await run(program, ['--version']);
    return program;
  } catch {
    // It is made now.
  }
  try {
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(`${folder}/bin/python3`, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', release]);
    return program;
  } catch (error) {
    // What is there in part must not pass for the program.
    await rm(folder, { recursive: true, force: true });
    const why = String(error instanceof Error ? error.message : error).split('\n')[0];
    if ((process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('python-client'))
      throw new Error(`REQUIRE_SERVICES names python-client: ${why}`, { cause: error });
    process.stdout.write(`not run: ${suite} (${release} cannot be installed: ${why})\n`);
    return undefined;
  }
}

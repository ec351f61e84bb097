import { execFile } from 'node:child_process';
import { open, realpath } from 'node:fs/promises';

/** A Python that can run views. */
export interface Python {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly version: string;
  /** Where its standard library lies. */
  readonly library: readonly string[];
}

const candidates = ['/usr/bin/python3', '/usr/local/bin/python3', '/bin/python3', '/opt/homebrew/bin/python3'];
const oldest = [3, 9] as const;
const answerMs = 5000;
const script =
  'import json, os, sys; print(json.dumps([sys.version_info[:3], [path for path in sys.path if os.path.isdir(path)]]))';

/**
 * The first program of the list that is a Python of 3.9 or later. PATH is not searched: it may name a version manager's
 * script, which is slow and does not run in the jail (docs/isolation.md, T8). Throws with what was found instead.
 */
export async function findPython(paths: readonly string[] = candidates): Promise<Python> {
  const faults: string[] = [];
  for (const name of paths) {
    try {
      return await examine(await realpath(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        faults.push(`${name}: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }
  const found = faults.length === 0 ? 'there is none' : faults.join('; ');
  throw new Error(
    `Python views need Python ${oldest.join('.')} or later (Debian: python3) at ${paths.join(' or ')}: ${found}.`,
  );
}

async function examine(path: string): Promise<Python> {
  if (await isScript(path)) throw new Error('a script, not a program');
  const [version, library] = JSON.parse(await ask(path)) as [[number, number, number], string[]];
  const [major, minor] = version;
  if (major !== oldest[0] || minor < oldest[1]) throw new Error(`version ${version.join('.')}`);
  return { path, version: `Python ${version.join('.')}`, library };
}

async function isScript(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      path,
      ['-I', '-S', '-B', '-c', script],
      { env: {}, cwd: '/', timeout: answerMs, killSignal: 'SIGKILL' },
      (error, output) => {
        if (error) reject(new Error('it does not start'));
        else resolve(output);
      },
    );
  });
}

import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);

/**
 * Files of the source package of a Python library that end so. It is fetched once; where it cannot be, the run reports
 * it with the reason, and `REQUIRE_SERVICES` with `samples` makes that an error.
 */
export async function sampleFiles(release: string, ending: string): Promise<readonly string[]> {
  const folder = join(cacheFolder, 'samples', release.replace('==', '-'));
  try {
    if (!existsSync(folder)) await fetchSource(release, folder);
  } catch (error) {
    const why = String(error instanceof Error ? error.message : error).split('\n')[0];
    if ((process.env['REQUIRE_SERVICES'] ?? '').split(',').includes('samples'))
      throw new Error(`REQUIRE_SERVICES names samples: ${why}`, { cause: error });
    process.stdout.write(`not run: importers on the samples of ${release} (they cannot be fetched: ${why})\n`);
    return [];
  }
  return globSync(`**/*${ending}`, { cwd: folder })
    .toSorted()
    .map((path) => join(folder, path));
}

async function fetchSource(release: string, folder: string): Promise<void> {
  const workshop = `${folder}.${process.pid}`;
  try {
    await mkdir(workshop, { recursive: true });
    // Of this library alone: what builds it comes ready, where it is needed to read its metadata.
    const source = ['--no-deps', '--no-binary', release.split('==')[0]!];
    const download = ['download', '--quiet', '--disable-pip-version-check', ...source];
    await run('python3', ['-m', 'pip', ...download, '--dest', workshop, release]);
    const archive = (await readdir(workshop)).find((name) => name.endsWith('.tar.gz'));
    if (archive === undefined) throw new Error('no source package came');
    await run('tar', ['xzf', archive], { cwd: workshop });
    await rename(workshop, folder);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

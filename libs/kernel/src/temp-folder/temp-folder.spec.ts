import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('a folder for temporary files', () => {
  let shared: string;
  let makeTempFolder: (use: string) => string;

  beforeEach(async () => {
    shared = mkdtempSync(join(tmpdir(), 'datakeep-shared-'));
    vi.stubEnv('TMPDIR', shared);
    vi.resetModules();
    ({ makeTempFolder } = await import('./temp-folder.ts'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(shared, { recursive: true });
  });

  /** The name that this process gives, as another process would have. */
  const nameOf = (pid: number, use = 'trial'): string =>
    basename(makeTempFolder('name')).replace('-name-', `-${use}-`).replace(String(process.pid), String(pid));

  it('is for this user alone, and another one each time', () => {
    const folders = [makeTempFolder('trial'), makeTempFolder('trial')];
    for (const folder of folders) expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(new Set(folders).size).toBe(2);
  });

  it('clears what a killed process left, and nothing else', () => {
    const { pid: gone } = spawnSync(process.execPath, ['--version']);
    const left = nameOf(gone);
    mkdirSync(join(shared, left, 'within'), { recursive: true, mode: 0o777 });
    const outside = join(shared, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), '');
    symlinkSync(outside, join(shared, left, 'within', 'link'));
    const kept = [
      nameOf(process.ppid),
      nameOf(gone, 'other'),
      nameOf(gone).replace(/\.\d+/, '.1'),
      nameOf(gone).replace(/-\w{6}$/, ''),
    ];
    for (const name of kept) mkdirSync(join(shared, name));
    const link = nameOf(gone);
    symlinkSync(outside, join(shared, link));
    const folder = makeTempFolder('trial');
    expect(existsSync(join(shared, left))).toBe(false);
    expect(readdirSync(shared)).toEqual(expect.arrayContaining([...kept, link, 'outside', basename(folder)]));
    expect(readdirSync(outside)).toEqual(['file']);
  });

  it('is left to the process that made it, by those that start at the same time', () => {
    const folder = makeTempFolder('trial');
    const { href } = new URL('./temp-folder.ts', import.meta.url);
    const program = `import { makeTempFolder } from ${JSON.stringify(href)}; makeTempFolder('trial');`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env: { TMPDIR: shared } });
    expect(status).toBe(0);
    expect(existsSync(folder)).toBe(true);
  });
});

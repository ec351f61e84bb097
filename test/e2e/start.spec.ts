import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { freePorts } from '../support/free-ports.ts';
import { adminPassword } from '../support/keep-in-process.ts';
import { AdminClient } from '../support/keep-client.ts';
import { NpmScript } from '../support/npm-script.ts';
import { childrenOf } from '../support/process-family.ts';
import { startCopy } from '../support/start-copy.ts';

const root = resolve(import.meta.dirname, '../..');
const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-start-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe('npm start', () => {
  it('serves, logs JSON where it is no terminal, and ends at Ctrl-C', async () => {
    const [port] = (await freePorts(1)) as [number];
    const env = { PORT: String(port), DATA_DIR: dataDir, ADMIN_PASSWORD: adminPassword };
    const keep = new NpmScript('start', { env });
    await keep.ready([`http://127.0.0.1:${port}`]);
    await AdminClient.signIn(`http://127.0.0.1:${port}`, 'admin', adminPassword);
    let { pid } = keep;
    const isKeep = (): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('apps/standalone/');
    while (!isKeep()) [pid] = childrenOf(pid) as [number];
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain('MALLOC_ARENA_MAX=2');
    await keep.stop();
    expect(keep.logged.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['ready', 'stopping', 'stopped']));
  });

  it('warns of a misspelt variable once, and names the one that was meant', async () => {
    const [port] = (await freePorts(1)) as [number];
    const env = {
      PORT: String(port),
      DATA_DIR: dataDir,
      ADMIN_PASSWORD: adminPassword,
      MONGODB_URL: 'mongodb://secret',
    };
    const keep = new NpmScript('start', { env });
    await keep.ready([`http://127.0.0.1:${port}`]);
    await keep.stop();
    expect(keep.logged.filter(({ level }) => level === 'warn')).toMatchObject([
      { variable: 'MONGODB_URL', msg: expect.stringContaining('MONGODB_URI') },
    ]);
    expect(keep.output).not.toContain('secret');
  });

  it('refuses wrong variables before it builds anything', async () => {
    const copy = startCopy();
    const keep = new NpmScript('start', { folder: copy.folder, env: { PORT: 'abc', LOG_LEVEL: 'loud' } });
    expect(await keep.ended()).toBe(1);
    expect(keep.output).toMatch(/PORT="abc" is not legal: .*\nLOG_LEVEL="loud" is not legal: expected one of debug, /);
    expect(copy.compilations()).toBe(0);
    copy.remove();
  });

  it('refuses a DATA_DIR that can be no folder before it builds anything', async () => {
    const copy = startCopy();
    const file = join(copy.folder, 'package.json');
    const keep = new NpmScript('start', { folder: copy.folder, env: { DATA_DIR: join(file, 'data') } });
    expect(await keep.ended()).toBe(1);
    expect(keep.output).toContain(`DATA_DIR="${file}/data" cannot be a folder: ${file} is none.`);
    expect(copy.compilations()).toBe(0);
    copy.remove();
  });

  it('refuses a port that is in use before it builds anything, and says which variable names it', async () => {
    const copy = startCopy();
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const keep = new NpmScript('start', { folder: copy.folder, env: { PORT: String(port) } });
    expect(await keep.ended()).toBe(1);
    expect(keep.output).toContain(`127.0.0.1:${port} is in use`);
    expect(keep.output).toContain('set PORT to another port');
    expect(copy.compilations()).toBe(0);
    await once(holder.close(), 'close');
    copy.remove();
  });
});

describe('A build', () => {
  it('holds no tests, and nothing that they alone use', () => {
    const files = readdirSync(lastBuild(), { recursive: true, encoding: 'utf8' });
    expect(files).toContain('apps/standalone/src/main.js');
    expect(files.filter((file) => /\.(spec|fixture)\.|\/testing[./]/.test(file))).toEqual([]);
  });

  it('touches nothing where the sources are as they were', async () => {
    const files = (): string[] =>
      readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
        .map((path) => join(root, 'dist', path))
        .filter((path) => existsSync(path) && statSync(path).isFile())
        .map((path) => `${path} ${statSync(path).ino} ${statSync(path).mtimeMs}`)
        .toSorted();
    const before = files();
    expect(before.length).toBeGreaterThan(100);
    expect(await new NpmScript('build').ended()).toBe(0);
    expect(files()).toEqual(before);
  });

  it('of changed sources leaves what a running program reads, and the next start runs the new one', async () => {
    const copy = startCopy();
    const [port] = (await freePorts(1)) as [number];
    const env = { PORT: String(port) };
    const first = new NpmScript('start', { folder: copy.folder, env });
    await vi.waitFor(() => expect(first.output).toMatch(/^runs from .*: one$/m));
    copy.change('two');
    expect(await new NpmScript('build', { folder: copy.folder }).ended()).toBe(0);
    copy.ageBuilds();
    // One more build, which would remove what nothing runs from.
    copy.change('three');
    expect(await new NpmScript('build', { folder: copy.folder }).ended()).toBe(0);
    const [, running] = /^runs from (.*): one$/m.exec(first.output)!;
    expect(existsSync(running!)).toBe(true);
    expect(copy.builds()).toHaveLength(2);
    await first.stop();
    const next = new NpmScript('start', { folder: copy.folder, env });
    await vi.waitFor(() => expect(next.output).toMatch(/^runs from .*: three$/m));
    await next.stop();
    expect(copy.compilations()).toBe(3);
    copy.remove();
  });

  it('of a changed page compiles no program, and of a changed program no page', async () => {
    const copy = startCopy();
    const built = async (): Promise<string> => {
      expect(await new NpmScript('build', { folder: copy.folder }).ended()).toBe(0);
      return readFileSync(join(copy.folder, 'dist/current/control-centre/index.html'), 'utf8');
    };
    expect(await built()).toContain('<p>one</p>');
    copy.changePage('two');
    expect(await built()).toContain('<p>two</p>');
    expect(copy.compilations()).toBe(1);
    copy.change('two');
    expect(await built()).toContain('<p>two</p>');
    expect(copy.compilations()).toBe(2);
    expect(existsSync(join(copy.folder, 'dist/current/apps/standalone/src/main.js'))).toBe(true);
    copy.remove();
  });

  it('that fails leaves the former one in place', async () => {
    const copy = startCopy();
    expect(await new NpmScript('build', { folder: copy.folder }).ended()).toBe(0);
    const before = copy.builds();
    copy.change('does not compile');
    const failing = new NpmScript('build', { folder: copy.folder });
    expect(await failing.ended()).toBe(1);
    expect(failing.output).toContain('The build failed');
    expect(copy.builds()).toEqual(before);
    copy.remove();
  });
});

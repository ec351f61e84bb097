import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';
import { NpmScript } from '../support/npm-script.ts';
import { pasteWalk } from '../support/pasted-walk.ts';

const root = resolve(import.meta.dirname, '../..');
const password = 'correct horse battery staple';

const walked = [
  { name: 'readme.example/walk' },
  { status: 403, code: 'forbidden' },
  { status: 'approved', granted: ['read', 'create'] },
  { accepted: 2, duplicates: 0 },
  { items: [{ payload: { place: 'hill', metres: 6100 } }], nextCursor: null },
  { status: 'approved', granted: ['read'] },
  { state: 'succeeded', result: 10_300 },
  { status: 'revoked', reason: 'Enough walked' },
  { status: 403, code: 'forbidden' },
  { state: 'succeeded', result: 10_300 },
];
const week = JSON.parse(readFileSync(resolve(root, 'examples/views/free-busy/expected.json'), 'utf8')) as object;
const exampleTried = [
  { name: 'calendar.example/event' },
  { state: 'succeeded' },
  { status: 'approved', granted: ['create'] },
  { progress: { accepted: 9 } },
  { summary: { accepted: 9, duplicates: 0 } },
  { state: 'succeeded', result: week },
];

/** The walks need curl, as they say; a machine without one prints these suites as skipped. */
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const shapes = (await keepShapes('the walk in the README')).filter(
  ({ name, available }) => available && name.startsWith('distributed'),
);

describe.skipIf(!hasCurl)('on a keep that was started as the README says', () => {
  const home = mkdtempSync(join(tmpdir(), 'datakeep-walk-'));
  let keep: NpmScript;
  let url: string;
  beforeAll(async () => {
    expect(readFileSync(resolve(root, 'README.md'), 'utf8')).toContain(`\nADMIN_PASSWORD='${password}' npm start\n`);
    const [port] = (await freePorts(1)) as [number];
    url = `http://127.0.0.1:${port}`;
    keep = new NpmScript('start', {
      env: { ADMIN_PASSWORD: password, PORT: String(port), DATA_DIR: join(home, 'data') },
    });
    await keep.ready([url]);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('its walk works when its lines are pasted', async () => {
    const { answers, errors } = await pasteWalk('README.md', url, home);
    expect(errors).toBe('');
    expect(answers).toMatchObject(walked);
  });

  it('that of the example views works, on a keep that knows no profile', async () => {
    const { answers, errors } = await pasteWalk('examples/README.md', url, home);
    expect(errors).toBe('');
    expect(answers).toMatchObject(exampleTried);
  });
});

describe.skipIf(!hasCurl).for(shapes)('on $name, by npm run start:distributed', { timeout: 240_000 }, ({ start }) => {
  let under: KeepInShape;
  beforeAll(async () => {
    under = await start({ adminPassword: password });
  });
  afterAll(() => under.stop());

  it('the walks of the README and of the example views work when their lines are pasted', async () => {
    const walk = await pasteWalk('README.md', under.url, under.dataDir);
    expect(walk.errors).toBe('');
    expect(walk.answers).toMatchObject(walked);
    const example = await pasteWalk('examples/README.md', under.url, under.dataDir);
    expect(example.errors).toBe('');
    expect(example.answers).toMatchObject(exampleTried);
  });

  it('the demo ends as it should', async () => {
    const demo = new NpmScript('demo', {
      env: { ADMIN_PASSWORD: password },
      arguments: ['--url', under.url, '--flights', '5000'],
    });
    expect(await demo.ended(), demo.output).toBe(0);
    expect(demo.output).toContain('The demo ended as it should.');
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { writeHealthExport } from '../support/large-health-export.ts';
import { thorough } from '../support/thorough.ts';

const child = fileURLToPath(new URL('./import-memory.child.ts', import.meta.url));
const megabytes = thorough(100, 2000);
const mostResidentMB = 300;
/** Less than the file, so that a reader that holds it ends here. */
const heapMiB = 80;

const place = mkdtempSync(join(tmpdir(), 'datakeep-large-'));
afterAll(() => rmSync(place, { recursive: true }));

it(`reads ${megabytes} MB of Apple Health in at most ${mostResidentMB} MB`, { timeout: 1_800_000 }, async () => {
  const path = join(place, 'export.zip');
  const records = await writeHealthExport(path, megabytes * 1e6);
  const { status, stdout, stderr } = spawnSync(process.execPath, [`--max-old-space-size=${heapMiB}`, child, path], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  const { counts, residentMB } = JSON.parse(stdout) as { counts: Record<string, number>; residentMB: number };
  const quarter = records / 4;
  expect(counts).toEqual({
    'library/heart-rate': quarter,
    'library/step-count': quarter,
    'library/body-weight': quarter,
    note: 1,
  });
  process.stdout.write(
    `import of ${megabytes} MB of Apple Health (${Math.round(statSync(path).size / 1e6)} MB packed, ` +
      `${records.toLocaleString('en')} records): ${residentMB} MB of memory\n`,
  );
  expect(residentMB).toBeLessThanOrEqual(mostResidentMB);
});

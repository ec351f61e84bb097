import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import law from './import-law.ts';
import { breaches, legal } from './planted-breaches.ts';

const root = resolve(import.meta.dirname, '../..');
const rules = (law.forbidden ?? []).map((rule) => ({ name: rule.name ?? '', comment: rule.comment ?? '' }));

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** Runs dependency-cruiser with the project's own law on a tree of files and answers what it found. */
function violationsIn(files: Readonly<Record<string, string>>, configuration = '.dependency-cruiser.mjs'): Violation[] {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-law-'));
  folders.push(folder);
  const tree = {
    ...files,
    'node_modules/vitest/package.json': '{"name":"vitest","main":"i.js"}',
    'node_modules/vitest/i.js': '',
  };
  for (const [path, text] of Object.entries({ ...tree, 'node_modules/stranger/index.js': '' })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(folder, file));
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, configuration);
  const run = spawnSync(
    process.execPath,
    [cruiser, '--config', config, '--output-type', 'json', 'apps', 'libs', 'clients', 'bench'],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (run.stdout === '')
    throw new Error(`dependency-cruiser said nothing (${run.error ?? run.signal ?? run.status}): ${run.stderr}`);
  return (JSON.parse(run.stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

describe('the import law', () => {
  let found: Violation[] = [];
  beforeAll(() => {
    found = violationsIn(Object.assign({}, ...breaches.map((breach) => breach.files)));
  });

  it('gives a reason for every rule', () => {
    expect(rules.filter((rule) => rule.comment.length < 20)).toEqual([]);
  });

  it('has one planted breach for every rule, and no breach without a rule', () => {
    expect(breaches.map((breach) => breach.rule).toSorted()).toEqual(rules.map((rule) => rule.name).toSorted());
  });

  it.each(breaches)('$rule bites in $breaks', ({ rule, breaks }) => {
    expect(found.filter((violation) => violation.from === breaks).map((violation) => violation.rule.name)).toContain(
      rule,
    );
  });

  it('lets a tree that keeps the law pass', () => {
    expect(violationsIn(legal)).toEqual([]);
  });
});

describe('the law of folders', () => {
  const tree = {
    'apps/gateway/src/main.ts': '',
    'clients/main.ts': '',
    'bench/main.ts': '',
    'libs/kernel/src/json/reader.ts': "import '../text/text.ts';\n",
    'libs/kernel/src/text/text.ts': '',
    'libs/kernel/src/text/words.ts': '',
    'libs/kernel/src/text/text.spec.ts': "import '../json/reader.ts';\n",
  };

  it('allows folders that import each other in one direction, whatever their specs import', () => {
    expect(violationsIn(tree, '.dependency-cruiser-folders.mjs')).toEqual([]);
  });

  it('refuses a cycle of folders whose files form none', () => {
    const cycle = { ...tree, 'libs/kernel/src/text/words.ts': "import '../json/reader.ts';\n" };
    const found = violationsIn(cycle, '.dependency-cruiser-folders.mjs');
    expect(new Set(found.map(({ from, rule }) => `${rule.name}: ${from}`))).toEqual(
      new Set(['no-folder-cycle: libs/kernel/src/json', 'no-folder-cycle: libs/kernel/src/text']),
    );
  });
});

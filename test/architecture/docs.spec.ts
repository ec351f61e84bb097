import { globSync, readFileSync } from 'node:fs';
import { problems, placeCodes, runErrors, variables } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';
import { profilesPage } from '../../scripts/profiles-page.ts';
import { configurationPage, errorsPage } from '../../scripts/reference-pages.ts';
import { missingDocuments } from './named-documents.ts';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('is what the catalogue says', () => {
    expect(page('errors.md')).toBe(errorsPage());
  });

  it('has an anchor for the `type` of every problem, and each anchor once', () => {
    const anchors = [...page('errors.md').matchAll(/<a id="([^"]+)">/g)].map((match) => match[1]);
    expect(new Set(anchors).size).toBe(anchors.length);
    expect(anchors).toEqual([
      ...Object.keys(problems),
      ...Object.keys(placeCodes).map((code) => `place-${code}`),
      ...Object.keys(runErrors).map((code) => `run-${code}`),
    ]);
  });
});

describe('docs/configuration.md', () => {
  it('is what the table of variables says', () => {
    expect(page('configuration.md')).toBe(configurationPage());
  });

  it('names every variable', () => {
    for (const variable of Object.values(variables)) expect(page('configuration.md')).toContain(`\`${variable.name}\``);
  });
});

describe('docs/profiles.md', () => {
  it('is what the files of profiles/ say', () => {
    expect(page('profiles.md')).toBe(profilesPage());
  });
});

describe('a document that a comment names', () => {
  const root = new URL('../../', import.meta.url);
  const sources = globSync(
    [
      '{apps,libs,test,bench,demo,examples,scripts}/**/*.{ts,tsx,mjs,js,py,java,css}',
      '*.{ts,yml}',
      'Dockerfile',
      '.ci/run',
    ],
    { cwd: root, exclude: ['**/node_modules', '**/generated'] },
  );

  it('is in the repository', () => {
    expect(sources.length).toBeGreaterThan(700);
    const missing = sources
      .filter((path) => path !== 'test/architecture/docs.spec.ts')
      .flatMap((path) =>
        missingDocuments(path, readFileSync(new URL(path, root), 'utf8')).map((name) => `${path}: ${name}`),
      );
    expect(missing).toEqual([]);
  });

  it.each([
    ['/** As notes/plan.md section 3 says. */', 'notes/plan.md'],
    ['const one = 1; // design.md, decision 12', 'design.md'],
    [' * Its limits are those of docs/lost.md.', 'docs/lost.md'],
    ['"""Locks itself up (notes/isolation section 4)."""', 'notes/isolation'],
    ['# See ADR 999.', 'ADR 999'],
  ])('is missed where it is not: %s', (text, name) => {
    expect(missingDocuments('libs/kernel/src/planted.ts', text)).toEqual([name]);
  });

  it('is found from the root, from docs, beside the file and by its number', () => {
    const text = '// README.md, docs/api.md, api.md, ADR 26\nconst name = "no/comment.md";';
    expect(missingDocuments('libs/kernel/src/legal.ts', text)).toEqual([]);
    expect(missingDocuments('test/support/services/mongo-stand-in.ts', '// mongo-stand-in/README.md')).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { problems, placeCodes, runErrors, variables } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';
import { configurationPage, errorsPage } from '../../scripts/reference-pages.ts';

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

import { readFileSync } from 'node:fs';

/** examples/views/spending-report of the repository, in Python; a build has a copy at the same place. */
const read = (file: string): string =>
  readFileSync(new URL(`../../../../examples/views/spending-report/${file}`, import.meta.url), 'utf8');

export const spendingTemplate: object = {
  ...(JSON.parse(read('template.json')) as object),
  runtime: 'python',
  files: [{ path: 'main.py', content: read('main.py') }],
};

export const spendingTrial: object = { ...spendingTemplate, ...(JSON.parse(read('parameters.json')) as object) };

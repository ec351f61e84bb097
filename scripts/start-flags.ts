import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: { start: string };
};

/** Node's flags in `npm start` (ADR 22, ADR 32), for everything else that starts a process of the keep: what is tested and measured is what people run. */
export const startFlags: readonly string[] =
  scripts.start.match(/--\S+(?= .*main\.js)/g)?.filter((flag) => flag !== '--silent') ?? [];

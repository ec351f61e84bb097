import { readdirSync, readFileSync } from 'node:fs';

/** examples/views/ of the repository; a build has a copy at the same place. */
const folder = new URL('../../../../../examples/views/', import.meta.url);
const mainFiles: Readonly<Record<string, string>> = { javascript: 'main.js', python: 'main.py' };

export interface ViewExample {
  /** One of `viewExamples`. */
  readonly example: string;
  /** `javascript` or `python`. */
  readonly runtime: string;
  /** In place of the example's own. */
  readonly profile?: string | undefined;
}

export const viewExamples = (): readonly string[] => readdirSync(folder).toSorted();

/** The example as a folder of its own: with its README, which has the schema, and events to try it on. */
export function viewExampleFiles({
  example,
  runtime,
  profile,
}: ViewExample): readonly { path: string; content: string }[] {
  const read = (file: string): string => readFileSync(new URL(`${example}/${file}`, folder), 'utf8');
  const { name, schema } = JSON.parse(read('profile.json')) as { readonly name: string; readonly schema: object };
  const template = JSON.parse(read('template.json')) as object;
  const main = mainFiles[runtime]!;
  const readme = [
    read('README.md').trimEnd(),
    `\nIt reads \`${name}\`, to which \`datakeep push events.ndjson --profile ${name}\` adds events to try it on.\n`,
    'The schema:\n',
    `\`\`\`json\n${JSON.stringify(schema, undefined, 2)}\n\`\`\`\n`,
  ].join('\n');
  return [
    { path: 'template.json', content: `${JSON.stringify({ ...template, runtime }, undefined, 2)}\n` },
    { path: main, content: read(main) },
    { path: 'data.json', content: read('parameters.json') },
    { path: 'events.ndjson', content: read('events.ndjson') },
    { path: 'README.md', content: readme },
  ].map(({ path, content }) => ({ path, content: content.replaceAll(name, profile ?? name) }));
}

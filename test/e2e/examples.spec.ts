import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient, Json, NewEvent, Run, ViewTemplateInput } from '../support/keep-client.ts';
import { permittedInstance } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const folder = new URL('../../examples/views/', import.meta.url);
const examples = readdirSync(folder).toSorted();
const languages = [
  ['javascript', 'main.js'],
  ['python', 'main.py'],
] as const;
const shapes = (await keepShapes('the example views')).filter(
  ({ name, available }) => available && /^standalone$|^distributed/.test(name),
);

const read = (example: string, file: string): string => readFileSync(new URL(`${example}/${file}`, folder), 'utf8');
const readObject = <T>(example: string, file: string): T => JSON.parse(read(example, file)) as T;

type Shown = Record<string, { readonly value: unknown }>;

const outcome = ({ state, error, result }: Run): object => ({ state, error, result });

describe.for(shapes)('the example, $name', ({ start }) => {
  let under: KeepInShape;
  const apps = new Map<string, AppClient>();

  beforeAll(async () => {
    under = await start({}, 'deployed');
    for (const example of examples) {
      const app = await under.admin.connectApp(example);
      const profile = readObject<{ name: string; schema: Json }>(example, 'profile.json');
      await app.registerProfile(profile.name, profile.schema);
      await under.admin.grant(app, profile.name, ['read', 'create']);
      const lines = read(example, 'events.ndjson').trimEnd().split('\n');
      await app.sendEvents(lines.map((line) => JSON.parse(line) as NewEvent));
      apps.set(example, app);
    }
  });
  afterAll(() => under.stop());

  it('that Swagger UI shows is the one of the folder', async () => {
    const document = await under.nobody.ask<{
      paths: Record<string, { post: { requestBody: { content: Record<string, { examples: Shown }> } } }>;
    }>('GET', '/openapi/admin.json');
    const shown = (path: string) =>
      document.paths[path]!.post.requestBody.content['application/json']!.examples['spending']!.value;
    const source = {
      ...readObject<object>('spending-report', 'template.json'),
      runtime: 'python',
      files: [{ path: 'main.py', content: read('spending-report', 'main.py') }],
    };
    expect(shown('/admin/v1/view-templates')).toEqual(source);
    expect(shown('/admin/v1/view-templates/dry-run')).toEqual({
      ...source,
      ...readObject<object>('spending-report', 'parameters.json'),
    });
  });

  describe.each(examples)('%s', (example) => {
    const template = readObject<Omit<ViewTemplateInput, 'runtime' | 'files'>>(example, 'template.json');
    const parameters = readObject<{ configuration: Json; clientCustomData: Json }>(example, 'parameters.json');
    const expected = readObject<Json>(example, 'expected.json');

    it.each(languages)('in %s answers as expected, tried and registered', async (runtime, file) => {
      const source: ViewTemplateInput = { ...template, runtime, files: [{ path: file, content: read(example, file) }] };
      const app = apps.get(example)!;
      const trial = await under.admin.ask<Run>('POST', '/admin/v1/view-templates/dry-run', {
        body: { ...source, ...parameters, appId: app.appId },
      });
      expect(outcome(trial)).toEqual({ state: 'succeeded', error: undefined, result: expected });
      const instance = await permittedInstance(under.admin, app, source, parameters.configuration);
      const run = await app.run(instance, parameters.clientCustomData);
      expect(outcome(run)).toEqual({ state: 'succeeded', error: undefined, result: expected });
    });
  });
});

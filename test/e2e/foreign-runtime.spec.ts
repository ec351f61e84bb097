import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient, Run } from '../support/keep-client.ts';
import type { ForeignProgram } from '../support/foreign-program.ts';
import { startForeignRuntime } from '../support/foreign-runtime/foreign-runtime.ts';
import { freePorts } from '../support/free-ports.ts';
import { permittedInstance, sumView, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

/** Reads its data back by `dataEndpoint` and its run token, with nothing but Python's standard library. */
const pythonSum = `import json, urllib.request

def main(parameters):
    request = urllib.request.Request(
        parameters["dataEndpoint"] + "/app/v1/events/query",
        data=json.dumps({"profile": "${walkProfile}", "limit": 1000}).encode(),
        headers={"content-type": "application/json",
            "authorization": "Bearer " + parameters["accessTokensToProfiles"]["${walkProfile}"]},
    )
    with urllib.request.urlopen(request) as response:
        items = json.load(response)["items"]
    print("events", len(items))
    return {"metres": sum(item["payload"]["distance"] for item in items), "unit": parameters["configuration"]["unit"],
        "asked": parameters["clientCustomData"]}
`;
const template = (content: string, name = 'Distance, elsewhere') => ({
  name,
  runtime: 'foreign',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: [{ path: 'main.py', content }],
});

const available = (await keepShapes('a foreign runtime')).filter((shape) => shape.available);
const shapes = [/^standalone$/, /two of each$/].flatMap(
  (name) => available.find((shape) => name.test(shape.name)) ?? [],
);

describe.for(shapes)('a keep with RUNTIMES=javascript,foreign=http://…: $name', ({ start }) => {
  let runtime: ForeignProgram;
  let test: KeepInShape;
  let app: AppClient;

  beforeAll(async () => {
    runtime = await startForeignRuntime();
    const [port] = (await freePorts(1)) as [number];
    test = await start({
      port,
      publicUrl: `http://127.0.0.1:${port}`,
      runtimes: [{ name: 'javascript' }, { name: 'foreign', url: runtime.url }],
      runtimeKeys: { foreign: runtime.key },
    });
    app = await walkingApp(test.admin);
    await app.sendEvents([walk(1200), walk(800)]);
  });
  afterAll(async () => {
    await test.stop();
    await runtime.stop();
  });

  const runs = async (
    content: string,
    clientCustomData: string | null = null,
  ): Promise<Run & { isolation?: unknown; usage?: unknown }> =>
    app.run(await permittedInstance(test.admin, app, template(content)), clientCustomData);

  it('registers a view there, runs it, lists it with its source, and deletes it', async () => {
    const instance = await permittedInstance(test.admin, app, template(pythonSum, 'The first'));
    const run = await app.run(instance, 'today');
    expect(run).toMatchObject({
      state: 'succeeded',
      result: { metres: 2000, unit: 'm', asked: 'today' },
      logs: [{ level: 'info', text: 'events 2' }],
      isolation: { level: 'foreign', where: 'foreign' },
    });
    const { items } = await test.admin.ask<{ items: { id: string; name: string }[] }>(
      'GET',
      '/admin/v1/view-templates',
    );
    const { id } = items.find(({ name }) => name === 'The first')!;
    expect(await test.admin.ask('GET', `/admin/v1/view-templates/${id}`)).toMatchObject({
      files: [{ path: 'main.py', content: pythonSum }],
    });
    await app.ask('DELETE', `/app/v1/view-instances/${instance}`);
    await test.admin.deleteViewTemplate(id);
    expect((await test.admin.send('GET', `/admin/v1/view-templates/${id}`)).status).toBe(404);
  });

  it('runs its own runtime beside it', async () => {
    expect(await app.run(await permittedInstance(test.admin, app, sumView))).toMatchObject({
      state: 'succeeded',
      result: { metres: 2000 },
    });
  });

  it('lets code of its own runtime fetch by dataEndpoint', async () => {
    const content = `module.exports = async ({ accessTokensToProfiles, dataEndpoint }) => {
      const headers = { authorization: 'Bearer ' + accessTokensToProfiles['${walkProfile}'] };
      const response = await fetch(dataEndpoint + '/app/v1/events?profile=${walkProfile}', { headers });
      return (await response.json()).items.length;
    };`;
    const instance = await permittedInstance(test.admin, app, {
      ...sumView,
      name: 'Fetches',
      files: [{ path: 'main.js', content }],
    });
    expect(await app.run(instance)).toMatchObject({ state: 'succeeded', result: 2 });
  });

  it("gives the code only the instance's permissions: a token opens one profile, to read, during the run", async () => {
    const run = await runs(`import json, urllib.request, urllib.error

def main(parameters):
    token = parameters["accessTokensToProfiles"]["${walkProfile}"]
    def ask(method, path, body=None):
        headers = {"content-type": "application/json", "authorization": "Bearer " + token}
        data = None if body is None else json.dumps(body).encode()
        url = parameters["dataEndpoint"] + path
        request = urllib.request.Request(url, method=method, headers=headers, data=data)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
    event = {"metadata": {"profile": "${walkProfile}"}, "payload": {"activity": "walking", "distance": 1}}
    return {"token": token, "statuses": [ask("GET", "/app/v1/events?profile=${walkProfile}"),
        ask("POST", "/app/v1/events", {"events": [event]}), ask("GET", "/app/v1/me"), ask("GET", "/admin/v1/apps")]}
`);
    const { token, statuses } = run.result as { token: string; statuses: number[] };
    expect(statuses).toEqual([200, 403, 401, 401]);
    expect((await app.send('GET', `/app/v1/events?profile=${walkProfile}`, { token })).status).toBe(401);
  });

  it('tells the admin why the service refuses a source, as 422', async () => {
    const refused = await test.admin.send('POST', '/admin/v1/view-templates', { body: template('def main(:\n') });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invalid', detail: expect.stringContaining('main.py, line 1') },
    });
    const folder = {
      ...template(''),
      files: [
        { path: 'main.py', content: '' },
        { path: 'lib/sum.py', content: '' },
      ],
    };
    expect(await test.admin.send('POST', '/admin/v1/view-templates', { body: folder })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/files/1/path', code: 'source' }] },
    });
  });

  it('tells the app why its run failed, with what was printed before', async () => {
    const run = await runs('def main(parameters):\n    print("so far")\n    raise ValueError("no such walk")\n');
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'view-threw', message: 'The code failed: ValueError: no such walk' },
    });
    expect(run.logs[0]).toMatchObject({ level: 'info', text: 'so far' });
  });

  it('tells the admin where it is and how it is', async () => {
    const { items } = await test.admin.ask<{ items: unknown[] }>('GET', '/admin/v1/runtimes');
    expect(items).toMatchObject([
      { name: 'javascript', where: 'built-in', healthy: true },
      {
        name: 'foreign',
        where: runtime.url,
        healthy: true,
        isolation: { level: 'foreign', proof: expect.stringContaining('another program') },
      },
    ]);
    expect(JSON.stringify(items)).not.toContain(runtime.key);
    expect(test.logged.join('\n')).not.toContain(runtime.key);
  });

  it('fails runs at once when the service is down, reports it, and keeps its own runtimes up', async () => {
    const instance = await permittedInstance(test.admin, app, template(pythonSum, 'The last'));
    await runtime.stop();
    expect(await app.run(instance)).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { code: 'execution-service-failed', message: 'The execution service foreign is out of reach.' },
    });
    const { items } = await test.admin.ask<{ items: unknown[] }>('GET', '/admin/v1/runtimes');
    expect(items[1]).toMatchObject({
      name: 'foreign',
      healthy: false,
      detail: 'The execution service is out of reach.',
    });
    const refused = await test.admin.send('POST', '/admin/v1/view-templates', { body: template(pythonSum) });
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'execution-service-unreachable', detail: expect.stringContaining('Nothing was registered') },
    });
    expect(await app.run(await permittedInstance(test.admin, app, sumView))).toMatchObject({ state: 'succeeded' });
  });
});

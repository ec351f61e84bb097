import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { moveKeep, recordsParts } from '@datakeep/keep-data';
import { verifyAudit } from '@datakeep/registry';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datakeep } from '../support/datakeep-command.ts';
import { fillKeep, type FullKeep } from '../support/full-keep.ts';
import { AppClient, type KeepEvent, type Run } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { mongoServer } from '../support/mongo/mongo-server.ts';
import { thorough } from '../support/thorough.ts';

interface Moved {
  readonly done: boolean;
  readonly error?: string;
  readonly to?: string;
  readonly content?: Readonly<Record<string, { readonly count: number; readonly digest: string }>>;
}

const server = await mongoServer('moving a keep');

describe('datakeep move', () => {
  let place: string;
  let dataDir: string;
  let full: FullKeep;
  const databases: string[] = [];

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-move-'));
    dataDir = join(place, 'data');
    full = await fillKeep(dataDir);
  });
  afterAll(async () => {
    for (const database of databases) await server.drop(database);
    rmSync(place, { recursive: true });
  });

  const newDatabase = (): string => {
    const database = server.newDatabase();
    databases.push(database);
    const uri = new URL(server.uri ?? '');
    uri.pathname = database;
    return uri.href;
  };
  const command = async (
    folder: string,
    given: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Moved> => {
    const { stdout, output, code } = await datakeep(folder, ['move', ...given, '--json'], env);
    expect([0, 1], output).toContain(code);
    return JSON.parse(stdout.toString()) as Moved;
  };

  /** Everything that an app and the admin have at a keep is there, and goes on. */
  const expectAll = async (under: KeepUnderTest): Promise<void> => {
    const app = new AppClient(under.url, full.app.token!, full.app.appId);
    const { items } = await app.query<{ distance: number }>({
      profile: walkProfile,
      sort: [{ field: 'metadata.version', direction: 'descending' }],
      limit: 100,
    });
    expect(items).toHaveLength(53);
    expect(items[0]).toMatchObject({ metadata: { version: 2, modifiedBy: app.appId }, payload: { distance: 22 } });
    const again = await app.sendEvents([walk(1, { identifier: 'one' }), walk(3, { identifier: 'three' })]);
    expect(again).toMatchObject({ accepted: 0, duplicates: 2 });
    await expect(app.sendEvents([walk(5, { identifier: 'one' })])).rejects.toMatchObject({
      code: 'identifier-conflict',
    });
    for (const since of full.places)
      await expect(app.ask('GET', `/app/v1/events/changes?since=${since}`)).rejects.toMatchObject({
        status: 410,
        code: 'changes-gone',
      });
    const anew = await app.ask<{ items: { event: KeepEvent }[] }>('GET', '/app/v1/events/changes?limit=100');
    expect(anew.items).toHaveLength(53);

    await expect
      .poll(async () => (await app.ask<Run>('GET', `/app/v1/runs/${full.waitingRun}`)).state)
      .toBe('succeeded');
    expect(await app.run(full.instance)).toMatchObject({ state: 'succeeded' });
    expect(await verifyAudit(under.keep.app.get<DocumentStore>(DOCUMENTS))).not.toHaveProperty('broken');

    const url = under.url.replace('127.0.0.1', 'localhost');
    const post = async (path: string, body?: object): Promise<Response> =>
      fetch(`${url}/admin/v1/session/passkey${path}`, {
        method: 'POST',
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
    const options = (await (await post('/options')).json()) as Parameters<FullKeep['passkey']['get']>[0];
    expect((await post('', { credential: full.passkey.get(options) })).status).toBe(201);
  };

  it('knows every collection that a keep has', async () => {
    const under = await keepUnderTest();
    try {
      const counted = Object.keys(await under.keep.app.get<DocumentStore>(DOCUMENTS).counts());
      const listed = recordsParts.flatMap(({ collections, leftOut = [] }) => [
        ...collections.map(({ name }) => name),
        ...leftOut.map(({ collection }) => collection.name),
      ]);
      expect(counted.length).toBeGreaterThan(10);
      expect(counted.filter((name) => !listed.includes(name))).toEqual([]);
      expect(listed.filter((name) => !counted.includes(name))).toEqual([]);
    } finally {
      await under.stop();
    }
  });

  it('takes a whole keep from one folder to another', async () => {
    const folder = join(place, 'folder');
    const { code, output } = await datakeep(dataDir, ['move', '--to', folder], {});
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^ {2}53 events, \d+ records: equal on both sides/m);
    expect(output).toContain(`Start the keep with DATA_DIR=${folder}`);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'keys/signing-keys.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'moving.json'))).toBe(false);
    const under = await keepUnderTest({ dataDir: folder, config: { port: full.port } });
    try {
      await expectAll(under);
    } finally {
      await under.stop();
    }
  });

  it.runIf(server.uri)('takes a whole keep to MongoDB, to another database, and back, each equal', async () => {
    const [there, other] = [newDatabase(), newDatabase()];
    const back = join(place, 'back');
    const first = await command(dataDir, ['--to', there]);
    expect(first).toMatchObject({
      done: true,
      to: there,
      content: { events: { count: 53 }, view_sources: { count: 1 } },
    });
    const second = await command(dataDir, ['--to', other], { MONGODB_URI: there });
    const third = await command(dataDir, ['--to', back], { MONGODB_URI: other });
    expect(second.content).toEqual(first.content);
    expect(third.content).toEqual(first.content);
    for (const wishes of [
      { dataDir: back, config: { port: full.port } },
      { dataDir, config: { port: full.port, mongodbUri: other } },
    ]) {
      const under = await keepUnderTest(wishes);
      try {
        await expectAll(under);
      } finally {
        await under.stop();
      }
    }
  });

  it.runIf(server.uri)(
    'takes many events there and back: equal by their digests',
    { timeout: thorough(180_000, 3_600_000) },
    async () => {
      const many = thorough(3000, 200_000);
      const [from, back] = [join(place, 'many'), join(place, 'many-back')];
      const under = await keepUnderTest({ dataDir: from });
      try {
        const app = await walkingApp(under.admin);
        for (let sent = 0; sent < many; sent += 1000)
          await app.sendEvents(Array.from({ length: 1000 }, (_, n) => walk(n, { identifier: `walk-${sent + n}` })));
      } finally {
        await under.stop();
      }
      const database = newDatabase();
      const { content } = await command(from, ['--to', database]);
      expect(content).toMatchObject({ events: { count: many } });
      expect(await command(from, ['--to', back], { MONGODB_URI: database })).toMatchObject({ content });
    },
  );

  it.runIf(server.uri)('has the code of views where several processes look for it', async () => {
    const database = newDatabase();
    await command(dataDir, ['--to', database]);
    const connection = await mongoose.createConnection(database).asPromise();
    try {
      const found = await connection.db!.collection<{ _id: string }>('view_sources').find().toArray();
      expect(found).toHaveLength(1);
    } finally {
      await connection.close();
    }
  });

  it('refuses a running keep, and what is no target or no keep', async () => {
    const to = join(place, 'refused');
    const under = await keepUnderTest({ dataDir });
    try {
      expect((await command(dataDir, ['--to', to])).error).toContain('The keep is running on these files');
    } finally {
      await under.stop();
    }
    expect((await command(join(place, 'none'), ['--to', to])).error).toContain('There is no keep here');
    expect((await command(dataDir, ['--to', join(dataDir, 'within')])).error).toContain('lie in each other');
    const env = { STORAGE_URL: 'http://127.0.0.1:1', STORAGE_KEY: 'x'.repeat(32) };
    expect((await command(dataDir, ['--to', to], env)).error).toContain('at STORAGE_URL');
    expect(existsSync(to)).toBe(false);
    for (const wrong of ['postgres://host/keep', ''])
      expect(await datakeep(dataDir, ['move', '--to', wrong], {})).toMatchObject({ code: 2 });
    expect(await datakeep(dataDir, ['move'], {})).toMatchObject({ code: 2 });
    const { code, output } = await datakeep(dataDir, ['move', '--to', 'mongodb://me:secret@127.0.0.1:1/keep'], {});
    expect({ code, output }).toEqual({ code: 1, output: '--to: the connection was refused\n' });

    mkdirSync(to);
    writeFileSync(join(to, 'holiday.jpg'), '');
    expect((await command(dataDir, ['--to', to])).error).toContain('holds something already. Nothing was changed');
    expect(readdirSync(to)).toEqual(['holiday.jpg']);
  });

  it.runIf(server.uri)('refuses a database with anything in it, or with no keep to move', async () => {
    const [empty, taken] = [newDatabase(), newDatabase()];
    const connection = await mongoose.createConnection(taken).asPromise();
    try {
      await connection.db!.collection<{ _id: string }>('holidays').insertOne({ _id: 'one' });
      expect((await command(dataDir, ['--to', taken])).error).toContain('holds something already. Nothing was changed');
      expect((await connection.db!.listCollections().toArray()).map(({ name }) => name)).toEqual(['holidays']);
    } finally {
      await connection.close();
    }
    const env = { MONGODB_URI: empty };
    expect((await command(dataDir, ['--to', join(place, 'nothing')], env)).error).toContain('There is no keep at');
  });

  it('leaves nothing that starts until it has ended, and goes on when it is run again', async () => {
    const folder = join(place, 'unfinished');
    const stop = (at: string) => (step: string) => {
      if (step === at) throw new Error('stopped');
    };
    const begun = moveKeep({
      config: { dataDir, mongodbUri: undefined, signingKey: undefined },
      to: { folder },
      onProgress: () => undefined,
      onStep: stop('check'),
    });
    await expect(begun).rejects.toThrow('stopped');
    const line = `A move from ${dataDir} into ${folder} is not finished: run that \`datakeep move\` again`;
    await expect(keepUnderTest({ dataDir: folder })).rejects.toThrow(line);
    for (const given of [['backup'], ['export', '--all', '--to', join(place, 'exported')], ['admin', 'reset']])
      expect(await datakeep(folder, given)).toMatchObject({ code: 1, output: expect.stringContaining(line) });
    expect(await datakeep(folder, ['doctor'], { RUNTIMES: 'javascript' })).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^FAIL +data folder +A move from .* is not finished\.$/m),
    });
    const copy = join(place, 'copy');
    expect(await command(dataDir, ['--to', copy])).toMatchObject({ done: true });
    expect((await command(copy, ['--to', folder])).error).toContain(`A move from ${dataDir} into ${folder} is not`);
    expect(await command(dataDir, ['--to', folder])).toMatchObject({ done: true, content: { events: { count: 53 } } });
  });

  it.runIf(server.uri)('does not start on a database while a move into it is not finished', async () => {
    const database = newDatabase();
    const begun = moveKeep({
      config: { dataDir, mongodbUri: undefined, signingKey: undefined },
      to: { uri: database },
      onProgress: () => undefined,
      onStep: (step) => {
        if (step === 'write audit') throw new Error('stopped');
      },
    });
    await expect(begun).rejects.toThrow('stopped');
    const line = 'MONGODB_URI: a move or a restore into this database is not finished. Run that command again';
    const config = { mongodbUri: database };
    await expect(keepUnderTest({ dataDir: join(place, 'started'), config })).rejects.toMatchObject({
      message: expect.stringContaining(line) as string,
    });
    expect((await command(dataDir, ['--to', join(place, 'early')], { MONGODB_URI: database })).error).toContain(line);
    const doctor = await datakeep(dataDir, ['doctor'], { MONGODB_URI: database, RUNTIMES: 'javascript' });
    expect(doctor).toMatchObject({ code: 1, output: expect.stringContaining(line) });
    expect(await command(dataDir, ['--to', database])).toMatchObject({ done: true });
  });

  it('refuses to go on with a keep that has changed since', async () => {
    const source = join(place, 'changing');
    expect(await command(dataDir, ['--to', source])).toMatchObject({ done: true });
    const config = { dataDir: source, mongodbUri: undefined, signingKey: undefined };
    const begin = (folder: string): Promise<unknown> =>
      moveKeep({
        config,
        to: { folder },
        onProgress: () => undefined,
        onStep: (step) => {
          if (step === 'check') throw new Error('stopped');
        },
      });
    const changed = (folder: string): string => `has changed since its move into ${folder} began`;
    const [first, second] = [join(place, 'first'), join(place, 'second')];
    await expect(begin(first)).rejects.toThrow('stopped');
    // Signs in: a session more.
    await (await keepUnderTest({ dataDir: source })).stop();
    await expect(begin(second)).rejects.toThrow('stopped');
    const under = await keepUnderTest({ dataDir: source });
    await new AppClient(under.url, full.app.token!, full.app.appId).sendEvents([walk(9)]);
    await under.admin.deleteApp(full.app.appId);
    await under.stop();
    expect((await command(source, ['--to', first])).error).toContain(changed(first));
    expect((await command(source, ['--to', second])).error).toContain(changed(second));
    rmSync(first, { recursive: true });
    expect(await command(source, ['--to', first])).toMatchObject({ done: true });
  });

  it.runIf(server.uri)('finds out that a keep on MongoDB was not stopped', async () => {
    const database = newDatabase();
    expect(await command(dataDir, ['--to', database])).toMatchObject({ done: true });
    // Another process of it, with a DATA_DIR and a queue of its own.
    const elsewhere = join(place, 'elsewhere');
    expect(await command(dataDir, ['--to', elsewhere])).toMatchObject({ done: true });
    const under = await keepUnderTest({ dataDir: elsewhere, config: { mongodbUri: database } });
    try {
      const folder = join(place, 'late');
      const moving = moveKeep({
        config: { dataDir, mongodbUri: database, signingKey: undefined },
        to: { folder },
        onProgress: () => undefined,
        onStep: (step) => {
          if (step === 'write events') changes ??= under.admin.makeAppHolder('Late');
        },
      });
      let changes: Promise<unknown> | undefined;
      await expect(moving).rejects.toThrow(`has changed since its move into ${folder} began`);
      await changes;
    } finally {
      await under.stop();
    }
    expect((await command(elsewhere, ['--to', join(place, 'x')], { MONGODB_URI: database })).done).toBe(true);
  });
});

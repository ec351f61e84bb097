import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppClient } from '../support/keep-client.ts';
import {
  adminPassword,
  keepUnderTest,
  permittedInstance,
  walk,
  walkingApp,
  walkProfile,
} from '../support/keep-in-process.ts';
import { type KeepInShape, keepShapes } from '../support/keep-shapes.ts';

const shapes = await keepShapes('secrets');

describe.for(shapes.filter(({ available }) => available))('secrets: $name', ({ start }) => {
  let under: KeepInShape;
  const secrets: Record<string, string> = { password: adminPassword };

  beforeAll(async () => {
    under = await start();
    secrets['admin token'] = under.admin.token!;
    const holder = await under.admin.makeAppHolder('Canary');
    const { associationToken } = await under.admin.makeAssociationToken(holder.id);
    secrets['association token'] = associationToken;
    const canary = await AppClient.associate(under.url, associationToken, 'Canary');
    secrets['app token'] = canary.token!;
    const renewed = await canary.ask<{ token: string }>('POST', '/app/v1/token/renew');
    secrets['renewed token'] = renewed.token;
    const app = await walkingApp(under.admin);
    await app.sendEvents([{ ...walk(1), payload: { activity: 'payload-canary-7f3a', distance: 1 } }]);
    await app.query({ profile: walkProfile, filter: { 'payload.activity': 'payload-canary-7f3a' } });
    const instance = await permittedInstance(under.admin, app, {
      name: 'Tokens',
      runtime: 'javascript',
      permissions: [{ profile: walkProfile, rights: ['read'] }],
      files: [
        {
          path: 'main.js',
          content: 'module.exports = async ({ accessTokensToProfiles }) => Object.values(accessTokensToProfiles)[0];',
        },
      ],
    });
    const run = await app.run(instance);
    secrets['run token'] = String(run.result);
    expect(secrets['run token']).toMatch(/^eyJ/);
    // What is wrong is logged; what was wrong with it is not.
    await under.nobody.send('GET', `/app/v1/me?token=${canary.token}`, { token: 'bad' });
    await under.nobody.send('POST', '/admin/v1/session', {
      body: { name: 'admin', password: 'not-the-password-1234' },
    });
    secrets['wrong password'] = 'not-the-password-1234';
  });
  afterAll(() => under.stop());

  const everythingStored = (folder: string): Buffer[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? everythingStored(path) : entry.isFile() ? [readFileSync(path)] : [];
    });

  /** The part of a token or opaque secret that gives its power. */
  const secretPart = (secret: string): string =>
    secret.startsWith('eyJ')
      ? secret.split('.')[2]!
      : (/^dk_[a-z]+_[A-Za-z0-9]{8}_([A-Za-z0-9_-]{43})_/.exec(secret)?.[1] ?? secret);

  it('are in no file of the keep, and in no record of its database', async () => {
    const stored = [
      ...everythingStored(under.dataDir),
      ...(under.mongodbUri === undefined ? [] : await everyRecord(under.mongodbUri)),
    ];
    // The view above returned its own run token, which the keep stores as its result; the token became invalid with the
    // run's end.
    const found = Object.entries(secrets).filter(([, secret]) =>
      stored.some((file) => file.includes(secretPart(secret))),
    );
    expect(found.map(([name]) => name)).toEqual(['run token']);
  });

  it('are in no log line, and neither are payloads and query values', () => {
    const log = under.logged.join('\n');
    for (const [name, secret] of Object.entries(secrets)) expect(log.includes(secretPart(secret)), name).toBe(false);
    expect(log).not.toContain('payload-canary-7f3a');
  });

  it('are in no answer of the admin API', async () => {
    const routes = [
      'apps',
      'permissions',
      'profiles',
      'audit',
      'system',
      'runtimes',
      'view-templates',
      'view-instances',
    ];
    for (const route of routes) {
      const text = JSON.stringify(await under.admin.ask('GET', `/admin/v1/${route}`));
      for (const [name, secret] of Object.entries(secrets))
        expect(text.includes(secretPart(secret)), `${name} in ${route}`).toBe(false);
      expect(text).not.toMatch(/argon2|passwordHash|secretHash/i);
    }
  });

  it('a run token is dead when its run has ended', async () => {
    const answer = await under.nobody.send('POST', '/app/v1/events/query', {
      token: secrets['run token'],
      body: { profile: walkProfile },
    });
    expect(answer.status).toBe(401);
  });
});

it('the secrets of a keep that makes its own lie in files that only their owner can read', async () => {
  const under = await keepUnderTest();
  expect(statSync(under.dataDir).mode & 0o077).toBe(0);
  expect(statSync(join(under.dataDir, 'keys')).mode & 0o077).toBe(0);
  await under.stop();
});

/** The records of every collection, as text. */
async function everyRecord(uri: string): Promise<Buffer[]> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const collections = await connection.db!.collections();
  const records = await Promise.all(collections.map((collection) => collection.find().toArray()));
  await connection.close();
  return records.flat().map((record) => Buffer.from(JSON.stringify(record)));
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppClient, Page } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest, walkProfile, walkSchema } from '../support/keep-in-process.ts';

const refused = (pointer: string): object => ({
  status: 422,
  body: { code: 'invalid', errors: [{ pointer, code: 'format' }] },
});
const cyrillic = walkProfile.replace('a', '\u0430');

describe('names that look alike', () => {
  let under: KeepUnderTest;
  let app: AppClient;
  beforeAll(async () => {
    under = await keepUnderTest();
    app = await under.admin.connectApp('Walks');
    await app.registerProfile(walkProfile, walkSchema);
  });
  afterAll(() => under.stop());

  it.each([cyrillic, `${walkProfile}\u200b`, `${walkProfile}\u202e`, 'walks.example/é'])(
    'of profiles are refused, by an app and by the admin: %j',
    async (name) => {
      const body = { name, schema: walkSchema };
      expect(await app.send('POST', '/app/v1/profiles', { body })).toMatchObject(refused('/name'));
      expect(await under.admin.send('POST', '/admin/v1/profiles', { body })).toMatchObject(refused('/name'));
    },
  );

  it('of profiles that are there already come back with an import, and can be registered again', async () => {
    await under.admin.ask('POST', '/admin/v1/events/import', {
      body: `${JSON.stringify({ profile: { name: cyrillic, schema: walkSchema } })}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const { items } = await app.ask<Page<{ readonly name: string }>>('GET', '/app/v1/profiles');
    expect(items.map(({ name }) => name)).toContain(cyrillic);
    const again = await app.send('POST', '/app/v1/profiles', { body: { name: cyrillic, schema: walkSchema } });
    expect(again.status).toBe(200);
  });

  it.each(['Wa\u200blks', 'Walks\u202e', 'Zoe\u0308'])('of apps and view templates are refused: %j', async (name) => {
    expect(await under.admin.send('POST', '/admin/v1/apps', { body: { name } })).toMatchObject(refused('/name'));
    const { id } = await under.admin.ask<{ id: string }>('POST', '/admin/v1/apps', { body: { name: 'Honest' } });
    expect(await under.admin.send('PATCH', `/admin/v1/apps/${id}`, { body: { name } })).toMatchObject(refused('/name'));
    const { associationToken } = await under.admin.ask<{ associationToken: string }>(
      'POST',
      `/admin/v1/apps/${id}/association-tokens`,
      { body: {} },
    );
    const association = { body: { associationToken, name } };
    expect(await under.nobody.send('POST', '/app/v1/association', association)).toMatchObject(refused('/name'));
    const template = {
      name,
      runtime: 'javascript',
      permissions: [{ profile: walkProfile, rights: ['read'] }],
      files: [{ path: 'main.js', content: 'module.exports = () => 1;' }],
    };
    expect(await under.admin.send('POST', '/admin/v1/view-templates', { body: template })).toMatchObject(
      refused('/name'),
    );
  });

  it('and messages that read otherwise than they are written are refused, emoji are not', async () => {
    const ask = (message: string) =>
      app.send('POST', '/app/v1/permissions', { body: { profile: walkProfile, rights: ['read'], message } });
    for (const hidden of ['\u202e', '\u2067', '\u200b', '\u200f', '\ufeff'])
      expect(await ask(`To show${hidden} your walks`)).toMatchObject(refused('/message'));
    expect((await ask('To show your walks 👩\u200d💻 ❤\ufe0f\nand nothing else')).status).toBe(201);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppClient, type RequestOptions } from '../support/keep-client.ts';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';

const diary = 'https://diary.example';
const other = 'http://localhost:5173';
const preflight = (origin: string): RequestOptions => ({
  headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
});

describe('web pages of other origins', () => {
  let keep: KeepUnderTest;
  let app: AppClient;

  beforeAll(async () => {
    keep = await keepUnderTest();
    app = await associate({ name: 'Diary', origins: [diary] });
    await associate({ name: 'Other', origins: [other] });
  });
  afterAll(() => keep.stop());

  async function associate(
    holder: { readonly name: string; readonly origins?: readonly string[] },
    told?: readonly string[],
  ): Promise<AppClient> {
    const { id } = await keep.admin.ask<{ id: string }>('POST', '/admin/v1/apps', { body: holder });
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const body = { associationToken, name: holder.name, ...(told === undefined ? {} : { origins: told }) };
    const { token } = await keep.nobody.ask<{ token: string }>('POST', '/app/v1/association', { body });
    return new AppClient(keep.url, token, id);
  }

  const readableFrom = async (origin: string, client = app, path = '/app/v1/me'): Promise<boolean> => {
    const { headers } = await client.send('GET', path, { headers: { origin } });
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    return headers.get('access-control-allow-origin') === origin;
  };

  it('may call where an app was given that origin: the preflight says so, without credentials', async () => {
    const { status, headers } = await keep.nobody.send('OPTIONS', '/app/v1/events', preflight(diary));
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(diary);
    expect(headers.get('access-control-allow-methods')).toContain('PUT');
    expect(headers.get('access-control-allow-headers')).toContain('if-match');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toBe('Origin');
  });

  it('read the answers of their own app, also refusals, with the headers that a client needs', async () => {
    const { headers } = await app.send('GET', '/app/v1/me', { headers: { origin: diary } });
    expect(headers.get('access-control-allow-origin')).toBe(diary);
    expect(headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(await readableFrom(diary, app, '/app/v1/events/000000000000000000000000')).toBe(true);
    const nobody = await keep.nobody.send('GET', '/app/v1/me', { headers: { origin: diary } });
    expect([nobody.status, nobody.headers.get('access-control-allow-origin')]).toEqual([401, diary]);
  });

  it('of another app, or of none, read nothing', async () => {
    expect(await readableFrom(other)).toBe(false);
    expect(await readableFrom('https://stranger.example')).toBe(false);
    const { status, headers } = await keep.nobody.send('OPTIONS', '/app/v1/me', preflight('https://stranger.example'));
    expect(status).toBe(405);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('associate from any origin, which the app tells by that, and read nothing else before', async () => {
    const page = 'https://page.example';
    const association = '/app/v1/association';
    const { status, headers } = await keep.nobody.send('OPTIONS', association, preflight(page));
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, page]);
    const told = { name: 'Page', origins: [page] };
    const refused = await keep.nobody.send('POST', association, {
      body: { ...told, associationToken: 'never was one' },
      headers: { origin: page },
    });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, page]);
    expect(await readableFrom(page)).toBe(false);
    const { id } = await keep.admin.makeAppHolder('Page');
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const made = await keep.nobody.send<{ token: string }>('POST', association, {
      body: { ...told, associationToken },
      headers: { origin: page },
    });
    expect([made.status, made.headers.get('access-control-allow-origin')]).toEqual([201, page]);
    expect(await readableFrom(page, new AppClient(keep.url, made.body.token, id))).toBe(true);
  });

  it.each(['/admin/v1/apps', '/admin/v1/session', '/metrics', '/openapi/app.json', '/'])(
    'never read %s',
    async (path) => {
      expect(await readableFrom(diary, keep.admin as never, path)).toBe(false);
      const { headers } = await keep.nobody.send('OPTIONS', path, preflight(diary));
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('are told by the app when it is associated, or by the admin; a change counts at once', async () => {
    const told = await associate({ name: 'Told' }, ['https://told.example']);
    expect(await readableFrom('https://told.example', told)).toBe(true);
    const path = `/admin/v1/apps/${told.appId}`;
    expect(await keep.admin.ask('GET', path)).toMatchObject({ origins: ['https://told.example'] });
    await keep.admin.ask('PATCH', path, { body: { origins: [] } });
    expect(await readableFrom('https://told.example', told)).toBe(false);
    expect(await keep.admin.ask('GET', path)).toMatchObject({ origins: [] });
  });

  it.each([
    ['*', '/origins/0'],
    ['null', '/origins/0'],
    ['https://diary.example/', '/origins/0'],
    ['https://diary.example/page', '/origins/0'],
    ['file:///home', '/origins/0'],
    ['HTTPS://Diary.example', '/origins/0'],
    ['diary.example', '/origins/0'],
  ])('are origins: %s is refused', async (origin, pointer) => {
    const made = keep.admin.send('POST', '/admin/v1/apps', { body: { name: 'Bad', origins: [origin] } });
    expect(await made).toMatchObject({ status: 422, body: { errors: [{ pointer, code: 'format' }] } });
  });

  it('are at most 20', async () => {
    const origins = Array.from({ length: 21 }, (_, index) => `https://${index}.example`);
    const made = keep.admin.send('PATCH', `/admin/v1/apps/${app.appId}`, { body: { origins } });
    expect(await made).toMatchObject({ status: 422, body: { errors: [{ pointer: '/origins' }] } });
  });
});

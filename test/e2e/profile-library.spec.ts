import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';

interface Library {
  readonly items: readonly { readonly name: string; readonly title: string; readonly schema: object }[];
}

describe('the profile library of a keep', () => {
  let keep: KeepUnderTest;

  beforeAll(async () => {
    keep = await keepUnderTest();
  });
  afterAll(() => keep.stop());

  it('is listed for any app, and one of it is registered by its name alone, once for all apps', async () => {
    const one = await keep.admin.connectApp('One');
    const two = await keep.admin.connectApp('Two');
    const { items } = await one.ask<Library>('GET', '/app/v1/profile-library');
    expect(items.map(({ name }) => name)).toContain('library/calendar-event');
    const { name, schema } = items[0]!;
    const body = { name };
    expect(await one.send('POST', '/app/v1/profiles', { body })).toMatchObject({ status: 201, body: { name, schema } });
    expect(await two.send('POST', '/app/v1/profiles', { body })).toMatchObject({ status: 200, body: { name, schema } });
    const other = await two.send('POST', '/app/v1/profiles', { body: { name: 'library/note', schema: true } });
    expect(other).toMatchObject({ status: 409, body: { code: 'profile-differs' } });
    const unknown = await two.send('POST', '/app/v1/profiles', { body: { name: 'diary/note' } });
    expect(unknown).toMatchObject({ status: 422, body: { errors: [{ pointer: '/schema' }] } });
  });
});

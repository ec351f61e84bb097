import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { storageApiDocument } from '../../apps/storage/src/storage-api/openapi.ts';
import { ApiDocument, type DocumentObject } from '../support/openapi/api-document.ts';
import type { StorageAddress } from './url-place.ts';

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The storage that `npm run test:storage` tries. */
    readonly storageAddress: StorageAddress;
  }
}

const source = '8'.repeat(24);
const profile = 'contract.example/interface';
const id = 'e'.repeat(24);
const unknown = 'd'.repeat(24);
const event = {
  id,
  metadata: {
    identifier: 'one',
    profile,
    source,
    createdDate: '2026-03-01T08:00:00.000Z',
    acceptedDate: '2026-03-01T08:00:01.000Z',
    version: 1,
  },
  payload: { n: 1 },
  digest: 'any text',
  createdDateGiven: true,
};

/** The HTTP of a storage: its key, statuses, headers, and that each answer is as the OpenAPI document says. */
export function storageInterface({ url, key }: StorageAddress): void {
  const document = new ApiDocument(storageApiDocument('any') as unknown as DocumentObject, { isOpen: true });

  /** Sends one operation; fails where the answer is not as the document says. */
  async function send(
    operationId: string,
    {
      id: named = '',
      query = '',
      body,
      ifMatch,
    }: { id?: string; query?: string; body?: unknown; ifMatch?: string } = {},
  ): Promise<Answer> {
    const { method, path } = document.operation(operationId);
    const response = await fetch(`${url}${path.replace('{id}', named)}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    expect(document.faultsOfAnswer(operationId, response.status, type, text), `${method} ${path}: ${text}`).toEqual([]);
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  }

  describe('The interface of the storage', () => {
    afterAll(async () => {
      await send('removeBySource', { query: `?source=${source}` });
    });

    test.each(['', 'Bearer', `Bearer ${randomUUID()}`, key])(
      'is closed to the authorization %j',
      async (authorization) => {
        for (const { method, path } of document.operations.values()) {
          const body = method === 'GET' ? {} : { body: '{}' };
          const headers = { authorization, 'content-type': 'application/json' };
          const { status } = await fetch(url + path.replace('{id}', unknown).replace('{act}', 'keep'), {
            method,
            headers,
            ...body,
          });
          // Index routes may be left out.
          expect(/index/.test(path) ? [401, 404] : [401], `${method} ${path}`).toContain(status);
        }
      },
    );

    test('answers each operation as the OpenAPI document says', async () => {
      const { digest, createdDateGiven, ...asRead } = event;
      expect([digest, createdDateGiven]).toEqual(['any text', true]);
      expect(await send('health')).toMatchObject({ status: 200 });
      const stored = await send('append', { body: { events: [event] } });
      expect(stored).toMatchObject({ status: 200, body: { results: [{ id, status: 'created' }] } });
      expect(await send('get', { id })).toEqual({ status: 200, etag: '"1"', body: asRead });
      const query = { profile, kinds: { 'payload.n': 'number' }, filter: { 'payload.n': { gte: 1 } }, count: true };
      expect(await send('query', { body: query })).toMatchObject({
        status: 200,
        body: { items: [asRead], nextCursor: null, count: 1 },
      });
      const measures = { events: { op: 'count' } };
      expect(await send('aggregate', { body: { profile, measures } })).toMatchObject({
        status: 200,
        body: { groups: [{ key: [], events: 1 }], truncated: false },
      });
      const replaced = await send('replace', { id, ifMatch: '"1"', body: { payload: { n: 2 }, modifiedBy: 'admin' } });
      expect(replaced).toMatchObject({
        status: 200,
        etag: '"2"',
        body: { metadata: { version: 2, modifiedBy: 'admin' }, payload: { n: 2 } },
      });
      const here = (await send('changes', { query: '?limit=0' })).body as { next: string };
      expect(await send('remove', { id, ifMatch: '"2"' })).toMatchObject({ status: 204 });
      const profiles = encodeURIComponent(JSON.stringify([profile]));
      const after = `?limit=10&after=${encodeURIComponent(here.next)}&profiles=${profiles}`;
      expect(await send('changes', { query: after })).toMatchObject({
        status: 200,
        body: { items: [{ change: 'deleted', event: { id } }], more: false },
      });
      const restored = { ...event, metadata: { ...event.metadata, version: 7, modifiedBy: source } };
      expect(await send('restore', { body: { events: [restored] } })).toMatchObject({
        status: 200,
        body: { results: [{ id, status: 'created' }] },
      });
      expect(await send('get', { id })).toMatchObject({ etag: '"7"', body: { metadata: { modifiedBy: source } } });
      expect(await send('removeBySource', { query: `?source=${source}` })).toMatchObject({ body: { removed: 1 } });
    });

    test('refuses with the statuses that the OpenAPI document says', async () => {
      await send('append', { body: { events: [event] } });
      const payload = { n: 3 };
      const refused: readonly (readonly [string, Parameters<typeof send>[1], number])[] = [
        ['get', { id: unknown }, 404],
        ['replace', { id: unknown, ifMatch: '*', body: { payload } }, 404],
        ['replace', { id, body: { payload } }, 428],
        ['replace', { id, ifMatch: '"9"', body: { payload } }, 412],
        ['replace', { id, ifMatch: '"1"', body: {} }, 422],
        ['remove', { id: unknown }, 404],
        ['remove', { id, ifMatch: '"9"' }, 412],
        ['removeBySource', {}, 422],
        ['append', { body: { events: {} } }, 422],
        ['query', { body: { profile, filter: [] } }, 422],
        ['query', { body: { profile, limit: 1001 } }, 422],
        ['aggregate', { body: { profile, measures: { n: { op: 'guess' } } } }, 422],
        ['changes', { query: '?limit=1001' }, 422],
        ['changes', { query: '?after=nowhere' }, 422],
      ];
      for (const [operationId, request, status] of refused)
        expect(await send(operationId, request), operationId).toMatchObject({ status });
      expect(await send('get', { id })).toMatchObject({ etag: '"1"', body: { payload: { n: 1 } } });
    });
  });
}

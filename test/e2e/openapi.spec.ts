import { profileExample, profileName } from '../../apps/gateway/src/openapi/examples.ts';
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';
import { ApiDocument, type DocumentObject } from '../support/openapi/api-document.ts';
import { playStory } from '../support/openapi/api-story.ts';
import { prefilledFrom } from '../support/openapi/prefilled.ts';
import { operationIds } from './operation-ids.ts';
import { comingRoutes, routePolicies } from './route-policies.ts';

type Document = DocumentObject;

const routesOf = ({ paths }: Document): string[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );

describe('the OpenAPI documents', () => {
  let under: KeepUnderTest;
  let app: Document;
  let admin: Document;

  beforeAll(async () => {
    under = await keepUnderTest();
    app = await under.nobody.ask<Document>('GET', '/openapi/app.json');
    admin = await under.nobody.ask<Document>('GET', '/openapi/admin.json');
  });
  afterAll(() => under.stop());

  it('are valid OpenAPI 3.1', async () => {
    for (const document of [app, admin]) {
      expect(document.openapi).toBe('3.1.0');
      const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
      expect(errors ?? []).toEqual([]);
      expect(valid).toBe(true);
    }
  });

  it('hold exactly the routes that are served', () => {
    const documented = [...routesOf(app), ...routesOf(admin)].toSorted();
    expect(documented).toEqual(
      Object.keys(routePolicies)
        .filter((route) => / \/(app|admin)\/v1\//.test(route))
        .toSorted(),
    );
  });

  it('give every operation an id of its own, which lasts', () => {
    const idsOf = ({ paths }: Document): Record<string, string> =>
      Object.fromEntries(
        Object.entries(paths).flatMap(([path, operations]) =>
          Object.entries(operations).map(([method, { operationId }]) => [
            `${method.toUpperCase()} ${path}`,
            operationId,
          ]),
        ),
      );
    for (const [name, document] of Object.entries({ app, admin })) {
      const ids = idsOf(document);
      expect(ids).toEqual(operationIds[name as 'app' | 'admin']);
      expect(new Set(Object.values(ids)).size).toBe(Object.keys(ids).length);
    }
  });

  it("hold every route of the contract's table for apps, but those that other issues bring", () => {
    const contract = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    const table = contract.slice(contract.indexOf('## Apps'), contract.indexOf('**Permission**'));
    const routes = [...table.matchAll(/`((?:GET|POST|PUT|DELETE)(?:\/(?:GET|POST|PUT|DELETE))*) (\/[^`?]*)`/g)]
      .flatMap(([, methods, path]) => methods!.split('/').map((method) => `${method} /app/v1${path}`))
      .filter((route) => !comingRoutes.includes(route));
    expect(routesOf(app).toSorted()).toEqual([...new Set(routes)].toSorted());
  });

  it('say for each operation who may call it', () => {
    for (const document of [app, admin])
      for (const route of routesOf(document)) {
        const [method, path] = route.split(' ') as [string, string];
        const schemes = (document.paths[path]![method.toLowerCase()]!.security ?? [])
          .flatMap((entry) => Object.keys(entry))
          .toSorted();
        const expected = {
          anyone: [],
          apps: ['app'],
          'apps and runs': ['app', 'run'],
          admin: ['admin'],
          'admin, confirmed lately': ['admin'],
        }[routePolicies[route]!];
        expect(schemes, route).toEqual(expected);
      }
  });

  it('hold the schemas, security schemes and tags that they refer to, and no others', () => {
    for (const document of [app, admin]) {
      const { components, tags = [], servers } = document;
      const text = JSON.stringify(document);
      const referred = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!);
      expect(Object.keys(components.schemas).toSorted()).toEqual([...new Set(referred)].toSorted());
      expect(Object.keys(components.schemas).filter((name) => name.endsWith('Dto'))).toEqual([]);
      const operations = [...new ApiDocument(document).operations.values()];
      const schemes = operations.flatMap(({ security }) => security.flatMap((entry) => Object.keys(entry)));
      expect(Object.keys(components.securitySchemes).toSorted()).toEqual([...new Set(schemes)].toSorted());
      expect(tags.map(({ name }) => name).toSorted()).toEqual(
        [...new Set(operations.flatMap((operation) => operation.tags))].toSorted(),
      );
      expect(servers).toEqual([{ url: '/', description: expect.any(String) as string }]);
    }
    expect(
      Object.keys(app.components.schemas).filter((name) => /^(Admin|App$|Audit|Index|Runtime|System)/.test(name)),
    ).toEqual([]);
  });

  it('say of each body whether it may be left out, and that unknown members are refused', async () => {
    // With every right on the examples' profile, which is looked at before an event is.
    const sender = await under.admin.connectApp('Bodies');
    await sender.registerProfile(profileName, profileExample.schema);
    await under.admin.grant(sender, profileName, ['read', 'create', 'modify', 'delete']);
    const unknown = '0123456789abcdef01234567';
    for (const [name, object] of Object.entries({ app, admin })) {
      const document = new ApiDocument(object);
      const token = name === 'app' ? sender.token : under.admin.token;
      for (const operation of document.operations.values()) {
        const { operationId, method, path, requestBody } = operation;
        if (requestBody === undefined) continue;
        const { query, headers, body } = prefilledFrom(name as 'app' | 'admin', operation, document);
        const url = `${path.replace('{id}', unknown)}${query}`;
        const without = await under.nobody.send(method, url, { token });
        const isRefused = without.status === 400 || without.status === 415;
        expect(isRefused, `${operationId} without a body: ${without.status}`).toBe(requestBody.required === true);

        if (requestBody.content['application/json'] === undefined) continue;
        const more = { ...(JSON.parse(body ?? '{}') as object), unheardOf: true };
        expect(document.faultsOfBody(operationId, 'application/json', more).join()).toContain('unheardOf');
        const refused = await under.nobody.send(method, url, { token, headers, body: more });
        expect([refused.status, JSON.stringify(refused.body)], operationId).toEqual([
          422,
          expect.stringContaining('"/unheardOf"'),
        ]);
      }
    }
  });

  it('fill in no password that everyone knows', () => {
    const filled = [app, admin].flatMap(({ components }) =>
      Object.values(components.schemas)
        .flatMap(({ properties = {} }) => Object.values(properties as Record<string, Record<string, unknown>>))
        .filter((schema) => schema['format'] === 'password')
        .flatMap((schema) => schema['example'] ?? schema['examples'] ?? schema['default'] ?? []),
    );
    expect(filled).toEqual([]);
  });

  it('fill in an approval of what was asked for, and an audit of every action', () => {
    // Without an example Swagger UI makes an approval up from its schema: every right, and the present as its end.
    const approval = admin.paths['/admin/v1/permissions/{id}/approve']!['post']!.requestBody!;
    const [first] = Object.values(approval.content['application/json']!.examples ?? {});
    expect(first?.value).toEqual({});
    const filled = admin.paths['/admin/v1/audit']!['get']!.parameters.flatMap((parameter) =>
      '$ref' in parameter ? [] : [parameter.example ?? parameter.schema.example ?? []].flat(),
    );
    expect(filled).toEqual([]);
  });

  it('have examples that run as they stand, and answers that are as they say', async () => {
    // notifications.spec.ts follows this one, whose answer has no end.
    expect(await playStory(prefilledFrom)).toEqual(['admin followNotifications']);
  });

  it('are kept to: what they forbid at any place of a body is refused with a 4xx, and changes nothing', async () => {
    expect(await playStory(prefilledFrom, { withBreaches: true })).toEqual(['admin followNotifications']);
  });

  it('are shown by Swagger UI, to which the front page leads', async () => {
    const home = await under.nobody.send('GET', '/');
    expect([home.status, home.headers.get('location')]).toEqual([302, '/docs']);
    const page = await under.nobody.send<string>('GET', '/docs');
    expect(page.body).toContain('swagger-ui');
    expect((await under.nobody.send<string>('GET', '/docs/swagger-ui-init.js')).body).toContain('/openapi/admin.json');
    expect((await under.nobody.send<string>('GET', '/docs/errors')).body).toContain('id="identifier-conflict"');
  });
});

import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';
import { operationIds } from './operation-ids.ts';
import { comingRoutes, routePolicies } from './route-policies.ts';

interface Operation {
  readonly operationId: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly requestBody?: {
    readonly content: Record<
      string,
      { readonly schema: Record<string, unknown>; readonly examples?: Record<string, { readonly value: unknown }> }
    >;
  };
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, { readonly properties?: Record<string, { readonly example?: unknown }> }>;
  };
}

const routesOf = ({ paths }: Document): string[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );

/** The example body of an operation: the first of its own examples, else the examples of its DTO's members. */
function exampleBody(document: Document, operation: Operation): unknown {
  const content = operation.requestBody?.content['application/json'];
  if (!content) return undefined;
  const given = Object.values(content.examples ?? {})[0]?.value;
  if (given !== undefined) return given;
  const name = String(content.schema['$ref']).split('/').at(-1)!;
  const members = Object.entries(document.components.schemas[name]?.properties ?? {}).filter(
    ([, { example }]) => example !== undefined,
  );
  return Object.fromEntries(members.map(([member, { example }]) => [member, example]));
}

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
        const expected = { anyone: [], apps: ['app'], 'apps and runs': ['app', 'run'], admin: ['admin'] }[
          routePolicies[route]!
        ];
        expect(schemes, route).toEqual(expected);
      }
  });

  it('have examples that run as they stand, in the order of the story', async () => {
    const body = (document: Document, method: string, path: string): never =>
      exampleBody(document, document.paths[path]![method]!) as never;
    const holder = await under.admin.ask<{ id: string }>('POST', '/admin/v1/apps', {
      body: body(admin, 'post', '/admin/v1/apps'),
    });
    const { associationToken } = await under.admin.ask<{ associationToken: string }>(
      'POST',
      `/admin/v1/apps/${holder.id}/association-tokens`,
    );
    const association = body(app, 'post', '/app/v1/association') as { name: string };
    const { token } = await under.nobody.ask<{ token: string }>('POST', '/app/v1/association', {
      body: { ...association, associationToken },
    });
    const ask = <T>(method: string, path: string, options = {}): Promise<T> =>
      under.nobody.ask<T>(method, path, { token, ...options });
    await ask('POST', '/app/v1/profiles', { body: body(app, 'post', '/app/v1/profiles') });
    const permission = await ask<{ id: string }>('POST', '/app/v1/permissions', {
      body: body(app, 'post', '/app/v1/permissions'),
    });
    await under.admin.ask('POST', `/admin/v1/permissions/${permission.id}/approve`);
    const stored = await ask<{ events: { id: string }[] }>('POST', '/app/v1/events', {
      body: body(app, 'post', '/app/v1/events'),
    });
    expect(
      await ask('POST', '/app/v1/events/query', { body: body(app, 'post', '/app/v1/events/query') }),
    ).toMatchObject({
      items: [{ payload: { distance: 3200 } }],
    });
    expect(
      await under.admin.ask('POST', '/admin/v1/events/query', { body: body(admin, 'post', '/admin/v1/events/query') }),
    ).toMatchObject({
      items: [{}],
    });
    await ask('PUT', `/app/v1/events/${stored.events[0]!.id}`, {
      body: body(app, 'put', '/app/v1/events/{id}'),
      headers: { 'if-match': '*' },
    });
    const template = await under.admin.ask<{ id: string }>('POST', '/admin/v1/view-templates', {
      body: body(admin, 'post', '/admin/v1/view-templates'),
    });
    const instanceBody = body(app, 'post', '/app/v1/view-instances') as object;
    const instance = await ask<{ id: string; permissions: { id: string }[] }>('POST', '/app/v1/view-instances', {
      body: { ...instanceBody, viewTemplateId: template.id },
    });
    await under.admin.ask('POST', `/admin/v1/permissions/${instance.permissions[0]!.id}/approve`);
    const run = await ask('POST', `/app/v1/view-instances/${instance.id}/runs`, {
      body: body(app, 'post', '/app/v1/view-instances/{id}/runs'),
      headers: { prefer: 'wait=30' },
    });
    expect(run).toMatchObject({ state: 'succeeded', result: { metres: 3300, walks: 1, label: 'spring' } });
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

import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { problems } from '@datakeep/kernel';
import { AdminApiModule } from '../admin-api/admin-api.module.ts';
import { AppApiModule } from '../app-api/app-api.module.ts';
import { answerSchemas } from './schemas.ts';

const problemBody = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

interface Operation {
  responses: Record<string, object>;
  security?: readonly object[];
  operationId: string;
}

/** An id is the name of the handler's method. Generators name functions by it, and Swagger UI sends the first operation of that id. */
function assertUniqueIds(document: OpenAPIObject): void {
  const routes = new Map<string, string>();
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, { operationId }] of Object.entries(operations as Record<string, Operation>)) {
      const route = `${method.toUpperCase()} ${path}`;
      const other = routes.get(operationId);
      if (other !== undefined) throw new Error(`${other} and ${route} have one operationId, ${operationId}.`);
      routes.set(operationId, route);
    }
}

/** Adds the shapes of answers, and the problems that any route may answer. */
function complete(document: OpenAPIObject): OpenAPIObject {
  assertUniqueIds(document);
  document.components ??= {};
  document.components.schemas = {
    ...document.components.schemas,
    ...(answerSchemas as NonNullable<typeof document.components.schemas>),
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, Operation>)) {
      operation.responses['default'] = problemBody('Any other problem: `code` and `detail` say what and what to do.');
      operation.responses['429'] ??= problemBody(`\`rate-limited\`: ${problems['rate-limited'].title}.`);
      if (operation.security && operation.security.length > 0)
        operation.responses['401'] ??= problemBody(`\`unauthenticated\`: ${problems.unauthenticated.title}`);
    }
  }
  return document;
}

function builder(title: string, description: string, version: string): DocumentBuilder {
  return new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setLicense('AGPL-3.0-or-later', 'https://www.gnu.org/licenses/agpl-3.0.html');
}

export interface ApiDocuments {
  readonly app: () => OpenAPIObject;
  readonly admin: () => OpenAPIObject;
}

/** The two OpenAPI 3.1 documents, built at their first use. */
export function apiDocuments(app: INestApplication, version: string): ApiDocuments {
  const once = (make: () => OpenAPIObject): (() => OpenAPIObject) => {
    let made: OpenAPIObject | undefined;
    return () => (made ??= complete(make()));
  };
  const operationIdFactory = (_controller: string, method: string): string => method;
  return {
    app: once(() =>
      SwaggerModule.createDocument(
        app,
        builder(
          'Datakeep: app API',
          'For third-party apps. Associate first, then authorise with the token that the association returned.',
          version,
        )
          .addBearerAuth(
            {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: "The app's token, from `POST /app/v1/association`.",
            },
            'app',
          )
          .build(),
        { include: [AppApiModule], operationIdFactory },
      ),
    ),
    admin: once(() =>
      SwaggerModule.createDocument(
        app,
        builder(
          'Datakeep: admin API',
          'For the owner of the keep. Sign in with `POST /admin/v1/session`, then authorise with its token.',
          version,
        )
          .addBearerAuth(
            {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: "The session's token, from `POST /admin/v1/session`.",
            },
            'admin',
          )
          .build(),
        { include: [AdminApiModule], operationIdFactory },
      ),
    ),
  };
}

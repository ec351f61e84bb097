import type { INestApplication, Type } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { AdminApiModule } from './admin-api/admin-api.module.ts';
import { AppApiModule } from './app-api/app-api.module.ts';
import { completed } from './openapi/completion.ts';

interface Audience {
  readonly title: string;
  readonly description: string;
  readonly module: Type;
  /** Kinds of bearer tokens. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

const conventions = `Errors are problem documents (RFC 9457): branch on \`code\`, which [/docs/errors](/docs/errors)
explains. A method that a path does not answer is 405 with \`Allow\`; unknown members of a body and unknown query
parameters are 422.
Dates are RFC 3339, ids 24 hex digits. A list continues at \`cursor\`, the \`nextCursor\` of the page before.
The query language: [/docs/query-language](/docs/query-language).`;

const apps: Audience = {
  title: 'Datakeep: app API',
  description:
    `For third-party apps. Associate first, then authorise with the token that the association ` +
    `returned.\n\n${conventions}`,
  module: AppApiModule,
  tokens: {
    app: "The app's token, from `POST /app/v1/association`.",
    run: 'The token of a running view, from its `accessTokensToProfiles`. It opens the event routes.',
  },
  tags: {
    association: 'How a program becomes an app of this keep, and who it is.',
    'profiles and permissions': 'What an app says about its data, and what it asks the owner for.',
    events: 'Events as permissions allow: stored, read, queried, grouped, modified, deleted, followed.',
    views: "Code that the owner has looked at, run next to the data: an app's instances and their runs.",
  },
};

const admin: Audience = {
  title: 'Datakeep: admin API',
  description:
    `For the owner of the keep. Sign in with \`POST /admin/v1/session\`, then authorise with its ` +
    `token.\n\n${conventions}`,
  module: AdminApiModule,
  tokens: { admin: "The session's token, from `POST /admin/v1/session`." },
  tags: {
    session: 'The admin: made once, signed in and out.',
    apps: 'App holders, their association tokens and tokens.',
    backups: 'Encrypted copies of the whole keep.',
    keys: 'What signs the tokens.',
    'profiles and permissions': "Schemas, and the owner's word on what apps ask for.",
    events: 'As for apps, over every profile; and everything out, and in again.',
    views: 'Templates, tried and registered; instances and runs of every app; runtimes.',
    indexes: 'The indexes that the Data Storage makes by itself.',
    system: 'What was done, and the state of the keep.',
  },
};

export interface ApiDocuments {
  readonly app: () => OpenAPIObject;
  readonly admin: () => OpenAPIObject;
}

/** The two OpenAPI 3.1 documents, built at their first use. An `operationId` is the name of the handler's method. */
export function apiDocuments(app: INestApplication, version: string): ApiDocuments {
  const once = (audience: Audience): (() => OpenAPIObject) => {
    let made: OpenAPIObject | undefined;
    return () => (made ??= documentFor(app, audience, version));
  };
  return { app: once(apps), admin: once(admin) };
}

function documentFor(app: INestApplication, audience: Audience, version: string): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(audience.title)
    .setDescription(audience.description)
    .setVersion(version)
    .setLicense('AGPL-3.0-or-later', 'https://www.gnu.org/licenses/agpl-3.0.html')
    .addServer('/', 'The keep that serves this document.');
  for (const [name, description] of Object.entries(audience.tags)) builder.addTag(name, description);
  for (const [name, description] of Object.entries(audience.tokens))
    builder.addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description }, name);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    include: [audience.module],
    operationIdFactory: (_controller, method) => method,
  });
  return completed({ ...document, info: { ...document.info, contact: { name: 'The Datakeep maintainers' } } });
}

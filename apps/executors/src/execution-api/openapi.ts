type Json = Readonly<Record<string, unknown>>;

const schema = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (of: Json, type = 'application/json'): Json => ({ content: { [type]: { schema: of } } });
const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
});
const list = (items: Json): Json => ({ type: 'array', items });
const text: Json = { type: 'string' };
const open: Json = { type: 'object', additionalProperties: true };

const problem = (description: string): Json => ({
  description,
  ...content(schema('Problem'), 'application/problem+json'),
});
const unauthenticated = { '401': problem('Not the bearer token of this service.') };
const missing = { '404': problem('There is no such source code, or no such runtime.') };
const stopping = {
  '503': problem('The service is starting, stopping, or its processes do not start; with what was done.'),
};
const idParameter: Json = {
  name: 'id',
  in: 'path',
  required: true,
  schema: text,
  description: 'Whatever `uploadNewSourceCode` answered.',
};
const printed = {
  stdout: text,
  stderr: text,
  logs: { ...list(open), description: 'Beyond the interface: the same with level and time.' },
  usage: { ...open, description: 'Beyond the interface: what the run used.' },
  isolation: { ...open, description: 'Beyond the interface: how the code was kept apart.' },
};

/**
 * What an execution service answers: the interface as OpenAPI 3.1, in the words of docs/api.md. Not by
 * `@nestjs/swagger`, which would name each path twice: with and without the runtime.
 */
export function executionApiDocument(version: string, runtimes: readonly string[]): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Datakeep execution services',
      version,
      description:
        'Keeps source code by id and runs it, with no idea of views. Each runtime answers below its own name; ' +
        'the first of them at the root as well.',
      contact: { name: 'The Datakeep maintainers' },
      license: { name: 'AGPL-3.0-or-later', url: 'https://www.gnu.org/licenses/agpl-3.0.html' },
    },
    servers: [
      { url: '/', description: `${runtimes[0] ?? 'no runtime'}` },
      ...runtimes.map((name) => ({ url: `/${name}`, description: name })),
    ],
    security: [{ key: [] }],
    tags: [{ name: 'source code', description: 'Kept by id, and run.' }],
    paths: {
      '/uploadNewSourceCode': {
        post: {
          operationId: 'uploadNewSourceCode',
          tags: ['source code'],
          summary: 'Keep source code',
          description: '1 to 10 files, all or none.',
          requestBody: {
            required: true,
            ...content(object({ files: list({ type: 'string', format: 'binary' }) }), 'multipart/form-data'),
          },
          responses: {
            '201': { description: 'Kept.', ...content(object({ sourceCodeId: text })) },
            ...unauthenticated,
            '404': problem('There is no such runtime.'),
            '422': problem(
              'What could not run, each place with its line and column where they are known. Nothing was stored.',
            ),
            ...stopping,
          },
        },
      },
      '/sourceCodes/{id}': {
        parameters: [idParameter],
        get: {
          operationId: 'readSourceCode',
          tags: ['source code'],
          summary: 'Read source code',
          description: 'As it was sent.',
          responses: {
            '200': {
              description: 'The files, in the order they came.',
              ...content(object({ sourceCode: list(object({ name: text, language: text, code: text })) })),
            },
            ...unauthenticated,
            ...missing,
          },
        },
        delete: {
          operationId: 'deleteSourceCode',
          tags: ['source code'],
          summary: 'Delete source code',
          description: 'May be repeated.',
          responses: {
            '200': { description: 'There is no such source code any more.', ...content(object({ message: text })) },
            ...unauthenticated,
          },
        },
      },
      '/executeSourceCode/{id}': {
        parameters: [idParameter],
        post: {
          operationId: 'executeSourceCode',
          tags: ['source code'],
          summary: 'Run source code once',
          description:
            'Closing the connection ends the run. What the code reads of the keep it reads from `dataEndpoint`, ' +
            'with the tokens in `accessTokensToProfiles`: by `fetch`, and by `keep.events` in the keep’s own runtimes.',
          parameters: [
            {
              name: 'X-Datakeep-Limits',
              in: 'header',
              schema: text,
              description: 'Limits of this run as JSON, within the hard maxima: `{"wallTimeMs":5000}`.',
            },
            {
              name: 'X-Datakeep-Reuse-Key',
              in: 'header',
              schema: text,
              description: 'A process may be used again for the same code and key; without one, never.',
            },
          ],
          requestBody: {
            required: true,
            ...content(
              object({
                parametersForMainEntry: {
                  ...open,
                  properties: {
                    accessTokensToProfiles: open,
                    configuration: {},
                    clientCustomData: {},
                    dataEndpoint: { type: 'string', format: 'uri' },
                  },
                },
              }),
            ),
          },
          responses: {
            '200': {
              description: 'The code ran; `result` is JSON as text.',
              ...content(object({ message: text, result: text, ...printed }, ['message', 'result'])),
            },
            '400': {
              description: 'The code failed, or reached a limit; `error.code` is one of docs/errors.md.',
              ...content(
                object(
                  {
                    message: text,
                    error: object({ code: text, message: text, file: text, line: { type: 'integer' } }, [
                      'code',
                      'message',
                    ]),
                    ...printed,
                  },
                  ['message'],
                ),
              ),
            },
            ...unauthenticated,
            ...missing,
            '422': problem('`parametersForMainEntry` is no object.'),
            ...stopping,
          },
        },
      },
    },
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'EXECUTION_KEY' } },
      schemas: {
        Problem: object(
          {
            type: text,
            title: text,
            status: { type: 'integer' },
            detail: text,
            instance: text,
            code: text,
            errors: list(open),
          },
          ['type', 'title', 'status', 'code'],
        ),
      },
    },
  };
}

import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiResponse } from '@nestjs/swagger';
import { type ProblemCode, problems } from '@datakeep/kernel';
import { answerSchemas } from './schemas.ts';

/** Sets a handler's status and documents its answer by the name of its schema (openapi/schemas.ts); null is an empty body. */
export function Answers(
  status: number,
  schema: string | null,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): MethodDecorator {
  if (schema !== null && !Object.hasOwn(answerSchemas, schema)) throw new Error(`no answer schema named ${schema}`);
  return applyDecorators(HttpCode(status), AlsoAnswers(status, schema, description, headers));
}

/** Documents a further status of a handler that sets it itself. `lines`: the schema of each line where the answer is a stream. */
export function AlsoAnswers(
  status: number,
  schema: string | null,
  description: string,
  headers: Readonly<Record<string, string>> = {},
  lines?: string,
): MethodDecorator {
  const content = (name: string): object => ({ schema: { $ref: `#/components/schemas/${name}` } });
  return ApiResponse({
    status,
    description,
    ...(Object.keys(headers).length > 0
      ? {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [
              name,
              { description: text, schema: { type: 'string' as const } },
            ]),
          ),
        }
      : {}),
    ...(schema === null
      ? {}
      : {
          content: {
            'application/json': content(schema),
            ...(lines === undefined ? {} : { 'application/x-ndjson': content(lines) }),
          },
        }),
  });
}

/** Documents an answer of lines, each by the name of its schema. */
export function AlsoStreams(
  status: number,
  schema: string,
  description: string,
  type = 'application/x-ndjson',
): MethodDecorator {
  if (!Object.hasOwn(answerSchemas, schema)) throw new Error(`no answer schema named ${schema}`);
  return ApiResponse({
    status,
    description,
    content: { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } },
  });
}

/** Documents a body of lines, each a JSON document; with `examples`, one that may come as one document as well. */
export function StreamedBody(examples?: Readonly<Record<string, { readonly value: unknown }>>): MethodDecorator {
  return applyDecorators(
    ApiConsumes(...(examples === undefined ? [] : ['application/json']), 'application/x-ndjson'),
    ApiBody({ schema: { type: 'object' }, ...(examples === undefined ? {} : { examples: { ...examples } }) }),
  );
}

/** Documents the problems that are special to a handler; those that any route may answer are added to all (openapi/documents.ts). */
export function Refuses(...codes: readonly ProblemCode[]): MethodDecorator {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  return applyDecorators(
    ...[...byStatus].map(([status, group]) =>
      ApiResponse({
        status,
        description: group.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    ),
  );
}

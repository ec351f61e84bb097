import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiExtension, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import type { ProblemCode } from '@datakeep/kernel';
import { TakesTypes } from '../http/inputs-guard.ts';
import type { Documented } from './documented.ts';
import { lines, ref, type Schema } from './shapes.ts';

/** What a body or an answer holds, by media type. */
export type Content = Readonly<Record<string, { readonly schema: Schema; readonly examples?: Examples }>>;
type Examples = Readonly<Record<string, { readonly value: unknown }>>;

/** A handler's body, until `completed` (completion.ts) puts it in its place. */
export interface TakenBody {
  readonly required: boolean;
  readonly content: Content;
}
export const takenBody = 'x-takes';
export const refusedCodes = 'x-refuses';

/** The member `examples`, of values by name; none where there are none. */
export function examplesOf(values: Readonly<Record<string, unknown>>): {
  examples?: Record<string, { value: unknown }>;
} {
  const shown = Object.entries(values).map(([name, value]) => [name, { value }] as const);
  return shown.length === 0 ? {} : { examples: Object.fromEntries(shown) };
}

/** JSON, by the name of its schema. */
export function jsonOf(schema: string, examples: Readonly<Record<string, unknown>> = {}): Content {
  return { 'application/json': { schema: ref(schema), ...examplesOf(examples) } };
}

/** Lines of JSON, by the schema of a line. */
export function ndjsonOf(schema: string, description: string, example?: readonly unknown[]): Content {
  const value = example?.map((line) => `${JSON.stringify(line)}\n`).join('');
  return {
    'application/x-ndjson': {
      schema: lines(schema, description),
      ...(value === undefined ? {} : { examples: { lines: { value } } }),
    },
  };
}

/** Server-sent events (WHATWG HTML, section 9.2). */
export function eventStreamOf(description: string): Content {
  return { 'text/event-stream': { schema: { type: 'string', contentMediaType: 'text/event-stream', description } } };
}

/** A file, whatever is in it. */
export function binaryOf(mediaType: string): Content {
  return { [mediaType]: { schema: { type: 'string', format: 'binary' } } };
}

export function uploadOf(schema: string): Content {
  return { 'multipart/form-data': { schema: ref(schema) } };
}

/**
 * Documents the body of a handler that reads it without a DTO. A body that is read by a DTO's pipe is documented by
 * that.
 */
export function Takes(content: Content, { optional = false }: { optional?: boolean } = {}): MethodDecorator {
  const body: TakenBody = { required: !optional, content };
  return applyDecorators(ApiExtension(takenBody, body), TakesTypes(Object.keys(content)));
}

type AnswerName = keyof Documented | 'Groups' | null;
type Answered<Name> = void | (Name extends keyof Documented ? Documented[Name] : void);

/** Of a handler that answers what is documented, or sends it itself. */
type AnswerDecorator<Name> = <Handler extends (...parameters: never[]) => Answered<Name> | Promise<Answered<Name>>>(
  controller: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/** Sets a handler's status and documents its answer by the name of its schema; null is an empty body. */
export function Answers<Name extends AnswerName>(
  status: number,
  schema: Name,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): AnswerDecorator<Name> {
  return applyDecorators(HttpCode(status), AlsoAnswers(status, schema, description, headers) as MethodDecorator);
}

/** Documents a further status of a handler that sets it itself, with what else than JSON it may be. */
export function AlsoAnswers<Name extends AnswerName>(
  status: number,
  schema: Name,
  description: string,
  headers: Readonly<Record<string, string>> = {},
  otherwise: Content = {},
): AnswerDecorator<Name> {
  const described = Object.entries(headers).map(([name, meaning]) => [
    name,
    { description: meaning, schema: { type: 'string' } },
  ]);
  const content = { ...(schema === null ? {} : jsonOf(schema)), ...otherwise };
  return ApiResponse({
    status,
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  } as ApiResponseOptions);
}

/** Documents the problems that are special to a handler. Those that any may answer are added to all (completion.ts). */
export function Refuses(...codes: readonly ProblemCode[]): MethodDecorator {
  return ApiExtension(refusedCodes, codes);
}

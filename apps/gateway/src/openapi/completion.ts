import type { OpenAPIObject } from '@nestjs/swagger';
import { type ProblemCode, problems } from '@datakeep/kernel';
import { refusedCodes, type TakenBody, takenBody } from './answers.ts';
import { schemas } from './schemas.ts';
import { id, ref } from './shapes.ts';

type Components = NonNullable<OpenAPIObject['components']>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  schema: object;
}

interface Reference {
  readonly $ref: string;
}

interface Operation {
  readonly operationId: string;
  parameters?: readonly (Parameter | Reference)[];
  readonly responses: Record<string, object>;
  requestBody?: object;
  security?: readonly object[];
  [takenBody]?: TakenBody;
  [refusedCodes]?: readonly ProblemCode[];
}

/** Problems that are answered alike everywhere, by status. */
const common: Readonly<Record<string, { readonly name: string; readonly codes: readonly ProblemCode[] }>> = {
  400: {
    name: 'Unreadable',
    codes: ['unreadable-body', 'json-too-deep', 'json-too-many-keys', 'json-duplicate-key', 'json-forbidden-key'],
  },
  401: { name: 'Unauthenticated', codes: ['unauthenticated'] },
  404: { name: 'NotFound', codes: ['not-found'] },
  406: { name: 'NotAcceptable', codes: ['not-acceptable'] },
  413: { name: 'BodyTooLarge', codes: ['body-too-large'] },
  415: { name: 'UnsupportedMediaType', codes: ['unsupported-media-type'] },
  422: { name: 'Invalid', codes: ['invalid'] },
  429: { name: 'RateLimited', codes: ['rate-limited'] },
  503: { name: 'NotReady', codes: ['not-ready', 'storage-busy'] },
};
const ofEvery = ['406', '429', '503'];
const ofBodies = ['400', '413', '415', '422'];

const retryAfter = { 'Retry-After': { description: 'Seconds until it is worth trying.', schema: { type: 'integer' } } };
const problem = (description: string, status?: string): object => ({
  description,
  ...(status === '429' || status === '503' ? { headers: retryAfter } : {}),
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
const described = (codes: readonly ProblemCode[]): string =>
  codes.map((code) => `\`${code}\`: ${problems[code].title.replace(/(?<![.?])$/, '.')}`).join(' ');
const requestId = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description: 'Names the request in the log and in problems; made where it is absent. It comes back.',
  schema: { type: 'string' },
};
const commonResponses: Readonly<Record<string, object>> = {
  ...Object.fromEntries(
    Object.entries(common).map(([status, { name, codes }]) => [name, problem(described(codes), status)]),
  ),
  Problem: problem('Any other problem: `code` and `detail` say what and what to do.'),
};

/**
 * Gives a document what no decorator says: bodies, problems, closed DTOs, and of all schemas those that it refers to.
 */
export function completed(document: OpenAPIObject): OpenAPIObject {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as unknown as Record<string, Operation>).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  assertUniqueIds(operations);
  for (const { operation } of operations) complete(operation);
  const available: Record<string, unknown> = { ...schemas };
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if (name in available) throw new Error(`There are two schemas named ${name}.`);
    available[name] = ofDto(schema);
  }
  const parts = { paths: document.paths, responses: commonResponses };
  const used = Object.fromEntries([...reachable(parts, available)].toSorted().map((name) => [name, available[name]]));
  return {
    ...document,
    components: {
      ...document.components,
      parameters: { RequestId: requestId },
      responses: commonResponses,
      schemas: used,
    } as Components,
  };
}

/**
 * An id is the name of the handler's method. Generators name functions by it, and Swagger UI sends the first operation
 * of that id.
 */
function assertUniqueIds(operations: readonly { readonly route: string; readonly operation: Operation }[]): void {
  const routes = new Map<string, string>();
  for (const { route, operation } of operations) {
    const other = routes.get(operation.operationId);
    if (other !== undefined) throw new Error(`${other} and ${route} have one operationId, ${operation.operationId}.`);
    routes.set(operation.operationId, route);
  }
}

function complete(operation: Operation): void {
  const { [takenBody]: body, [refusedCodes]: special = [] } = operation;
  const parameters = (operation.parameters ?? []) as readonly Parameter[];
  operation.parameters = [...parameters, { $ref: '#/components/parameters/RequestId' }];
  if (body !== undefined) operation.requestBody = body;
  delete operation[takenBody];
  delete operation[refusedCodes];
  operation.security ??= [];
  for (const parameter of parameters)
    if (parameter.in === 'path' && parameter.name === 'id') parameter.schema = { type: id.type, pattern: id.pattern };

  const statuses = [
    ...ofEvery,
    ...(operation.security.length > 0 ? ['401'] : []),
    ...(operation.requestBody === undefined ? [] : ofBodies),
    ...(parameters.some((parameter) => parameter.in === 'query') ? ['422'] : []),
  ];
  const byStatus = Map.groupBy(
    new Set([...special, ...statuses.flatMap((status) => common[status]?.codes ?? [])]),
    (code) => String(problems[code].status),
  );
  for (const [status, codes] of byStatus) {
    const shared = common[status];
    const isShared = shared?.codes.length === codes.length && codes.every((code) => shared.codes.includes(code));
    operation.responses[status] = isShared
      ? { $ref: `#/components/responses/${shared.name}` }
      : problem(described(codes), status);
  }
  operation.responses['default'] = { $ref: '#/components/responses/Problem' };
}

interface DtoProperty {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly oneOf?: readonly object[];
}

/** A DTO's schema in the words of OpenAPI 3.1: decorators know `nullable`, and any JSON value only as one of one. */
function ofDto(schema: object): object {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, DtoProperty>> };
  const plain = ({ nullable, oneOf, ...property }: DtoProperty): object => ({
    ...property,
    ...(nullable === true ? { type: [property.type, 'null'] } : {}),
    ...(oneOf?.length === 1 ? oneOf[0] : oneOf === undefined ? {} : { oneOf }),
  });
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, plain(property)])),
    additionalProperties: false,
  };
}

/** Names of the schemas that `part` refers to, and that those refer to. */
function reachable(
  part: unknown,
  available: Readonly<Record<string, unknown>>,
  found = new Set<string>(),
): Set<string> {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (name === undefined || found.has(name)) continue;
    if (!Object.hasOwn(available, name)) throw new Error(`There is no schema named ${name}.`);
    found.add(name);
    reachable(available[name], available, found);
  }
  return found;
}

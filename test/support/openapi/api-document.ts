import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export type DocumentName = 'app' | 'admin';
type Schema = Record<string, unknown>;
type Content = Record<
  string,
  { readonly schema: Schema; readonly examples?: Record<string, { readonly value: unknown }> }
>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: { readonly default?: unknown; readonly example?: unknown };
}

export interface Answer {
  readonly content?: Content;
}

interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Record<string, unknown>[];
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Record<string, Answer | { readonly $ref: string }>;
}

export interface DocumentObject {
  readonly openapi: string;
  readonly servers?: readonly unknown[];
  readonly tags?: readonly { readonly name: string }[];
  readonly paths: Record<string, Record<string, OperationObject>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly responses: Record<string, Answer>;
    readonly securitySchemes: Record<string, unknown>;
  };
}

export interface Operation extends OperationObject {
  readonly method: string;
  readonly path: string;
}

/** An OpenAPI document as a test uses it: its operations, and whether what was sent and answered is what it says. */
export class ApiDocument {
  readonly object: DocumentObject;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  /** `isOpen`: answers may have members that the document does not name. */
  constructor(object: DocumentObject, { isOpen = false }: { isOpen?: boolean } = {}) {
    this.object = object;
    this.operations = new Map(
      Object.entries(object.paths).flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(([name]) => name !== 'parameters')
          .map(([method, operation]): [string, Operation] => [
            operation.operationId,
            { ...operation, method: method.toUpperCase(), path },
          ]),
      ),
    );
    formats.default(this.#ajv);
    for (const format of ['binary', 'password']) this.#ajv.addFormat(format, true);
    this.#ajv.addSchema((isOpen ? object : closed(object)) as object, 'document');
  }

  operation(id: string): Operation {
    const operation = this.operations.get(id);
    if (!operation) throw new Error(`There is no operation ${id}.`);
    return operation;
  }

  /** The members that a JSON body may have by its schema, each without a value. */
  membersOfBody(id: string): Readonly<Record<string, undefined>> {
    const { schema } = this.operation(id).requestBody!.content['application/json']!;
    const { properties = {} } = this.object.components.schemas[String(schema['$ref']).split('/').at(-1)!] ?? {};
    return Object.fromEntries(Object.keys(properties as object).map((name) => [name, undefined]));
  }

  /** What is wrong with a body that is sent, in words. */
  faultsOfBody(id: string, type: string, body: unknown): string[] {
    const { path, method } = this.operation(id);
    return this.#faults(['paths', path, method.toLowerCase(), 'requestBody', 'content', type], body);
  }

  /** What is wrong with an answer, in words: its status, its media type, its body. */
  faultsOfAnswer(id: string, status: number, type: string, text: string): string[] {
    const { path, method, responses } = this.operation(id);
    const answer = responses[status];
    if (!answer) return [`${status} is not documented`];
    const at =
      '$ref' in answer
        ? answer.$ref.slice(2).split('/')
        : ['paths', path, method.toLowerCase(), 'responses', String(status)];
    const { content } = '$ref' in answer ? (this.object.components.responses[at.at(-1)!] as Answer) : answer;
    if (content === undefined) return text === '' ? [] : [`${status} has a body, which is not documented`];
    if (!content[type]) return [`${status} as ${type} is not documented`];
    const place = [...at, 'content', type];
    if (type !== 'application/x-ndjson') return this.#faults(place, JSON.parse(text));
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => this.#faults(place, JSON.parse(line), ['contentSchema']));
  }

  #faults(place: readonly string[], value: unknown, below: readonly string[] = []): string[] {
    const pointer = [...place, 'schema', ...below].map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'));
    const reference = `document#/${pointer.map(encodeURIComponent).join('/')}`;
    let validate = this.#validators.get(reference);
    if (!validate) this.#validators.set(reference, (validate = this.#ajv.compile({ $ref: reference })));
    return validate(value) ? [] : (validate.errors ?? []).map((error) => JSON.stringify(error));
  }
}

/** Every schema with members and no word on others, closed. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  return copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}

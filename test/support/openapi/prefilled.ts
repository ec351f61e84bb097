import type { ApiDocument, DocumentName, Operation } from './api-document.ts';

/** The request of an operation from someone who fills in only what the document cannot know. */
export interface Prefilled {
  /** With its `?`, or empty. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What is filled in of an operation. */
export type Fill = (name: DocumentName, operation: Operation, document: ApiDocument) => Prefilled;

/** The request from the document's examples and defaults: the first example of the first media type. */
export const prefilledFrom: Fill = (_name, operation, document) => {
  const filled = operation.parameters.flatMap((parameter) => {
    if ('$ref' in parameter || parameter.in === 'path') return [];
    const value = parameter.example ?? parameter.schema.example ?? parameter.schema.default;
    return value === undefined ? [] : [{ ...parameter, value: String(value) }];
  });
  const query = new URLSearchParams(
    filled.filter((parameter) => parameter.in === 'query').map(({ name, value }) => [name, value]),
  ).toString();
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const accept = Object.entries(operation.responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, response]) => ('$ref' in response ? [] : Object.keys(response.content ?? {})))[0];
  const example = content && (Object.values(content.examples ?? {})[0]?.value ?? exampleOf(document, content.schema));
  return {
    query: query === '' ? '' : `?${query}`,
    headers: {
      ...Object.fromEntries(
        filled.filter((parameter) => parameter.in === 'header').map(({ name, value }) => [name.toLowerCase(), value]),
      ),
      ...(type === undefined ? {} : { 'content-type': type }),
      // As generated clients do, for what the document says of the answer.
      ...(accept === undefined ? {} : { accept }),
    },
    ...(example === undefined ? {} : { body: typeof example === 'string' ? example : JSON.stringify(example) }),
  };
};

/** The examples and defaults of a DTO's members. */
function exampleOf(document: ApiDocument, schema: Record<string, unknown>): unknown {
  const name = String(schema['$ref']).split('/').at(-1)!;
  const members = (document.object.components.schemas[name]?.['properties'] ?? {}) as Record<
    string,
    { readonly example?: unknown; readonly default?: unknown }
  >;
  return Object.fromEntries(
    Object.entries(members).flatMap(([member, { example, default: otherwise }]) => {
      const value = example ?? otherwise;
      return value === undefined ? [] : [[member, value]];
    }),
  );
}

import type { Answer, DocumentObject } from './api-document.ts';

const perPiece = 16;

/**
 * The document in parts of a few paths, each with all that its operations refer to. Without the schemas of answers,
 * which are most of it, and on which nothing depends that is sent.
 */
export function piecesOf(whole: DocumentObject): DocumentObject[] {
  const document = withoutAnswers(whole);
  const paths = Object.entries(document.paths);
  return Array.from({ length: Math.ceil(paths.length / perPiece) }, (_, index) => {
    const some = Object.fromEntries(paths.slice(index * perPiece, (index + 1) * perPiece));
    return { ...document, paths: some, components: componentsOf(document, some) };
  });
}

function componentsOf(document: DocumentObject, paths: DocumentObject['paths']): DocumentObject['components'] {
  const all: Readonly<Record<string, Readonly<Record<string, unknown>>>> = document.components;
  const named = new Set<string>();
  const collect = (part: unknown): void => {
    for (const [, kind, name] of JSON.stringify(part).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      if (named.has(`${kind}/${name}`)) continue;
      named.add(`${kind}/${name}`);
      collect(all[kind!]?.[name!]);
    }
  };
  collect(paths);
  const kept = (kind: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(all[kind]!).filter(([name]) => named.has(`${kind}/${name}`)));
  return {
    ...Object.fromEntries(Object.keys(all).map((kind) => [kind, kept(kind)])),
    securitySchemes: document.components.securitySchemes,
  } as DocumentObject['components'];
}

/** Of each operation the answers of success alone, whose media types it sends as `Accept`. */
function withoutAnswers(document: DocumentObject): DocumentObject {
  const paths = mapped(document.paths, (methods) =>
    mapped(methods, (operation) => ({
      ...operation,
      responses: Object.fromEntries(
        Object.entries(operation.responses)
          .filter(([status]) => status.startsWith('2'))
          .map(([status, answer]) => [status, '$ref' in answer ? answer : withoutSchemas(answer)]),
      ),
    })),
  );
  return { ...document, paths };
}

function withoutSchemas({ content, ...rest }: Answer): Answer {
  return content === undefined ? rest : { ...rest, content: mapped(content, () => ({ schema: {} })) };
}

function mapped<Value, Made>(
  record: Readonly<Record<string, Value>>,
  make: (value: Value) => Made,
): Record<string, Made> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]));
}

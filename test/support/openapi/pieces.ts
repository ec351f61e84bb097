import type { DocumentObject } from './api-document.ts';

const perPiece = 8;

/** The document in parts of a few paths, each with all that its operations refer to. */
export function piecesOf(document: DocumentObject): DocumentObject[] {
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

import type { EventQuery } from '@datakeep/contracts';
import { candidateOf, mergeCandidates } from '../advisor/candidates.ts';
import type { IndexDefinition } from '../advisor/index-engine.ts';
import { shapeOf } from '../advisor/shape.ts';
import { IndexBuilder } from '../engines/sqlite/advice/index-builder.ts';

const sqlite = { arrays: false, sortedIn: false, negation: false };
/** Of a server behind MongoDB's protocol that can do all. */
export const servedByMongo = { arrays: true, sortedIn: true, negation: true, creationSortOnly: true };

/** What the advisor would make for these queries, whether it pays or not: with ranges before the sort, and after it. */
export function indexesFor(queries: readonly EventQuery[], served: typeof sqlite = sqlite): IndexDefinition[] {
  const candidates = queries.flatMap((query) =>
    [false, true].flatMap(
      (selectiveRange) => candidateOf(shapeOf(query, served), { distinct: () => 1, selectiveRange }) ?? [],
    ),
  );
  return mergeCandidates(candidates).map(({ definition }) => definition);
}

/**
 * Creates indexes in the folder of a SQLite storage that is open and has nothing to write meanwhile; returns a function
 * that drops them.
 */
export function forceIndexes(directory: string, definitions: readonly IndexDefinition[]): () => void {
  const act = (action: (builder: IndexBuilder) => void): void => {
    const builder = new IndexBuilder({ directory, synchronous: 'normal', maxBytes: 0 });
    action(builder);
    builder.close();
  };
  act((builder) => definitions.forEach((definition) => builder.create(definition)));
  return () => act((builder) => definitions.forEach(({ name }) => builder.drop(name)));
}

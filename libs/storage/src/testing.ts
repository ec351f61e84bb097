export * from './testing/temporary-storage.ts';
export * from './testing/forced-indexes.ts';
export { specificationOf } from './engines/mongo/advice/index-keys.ts';
export { hidesIndexes } from './engines/mongo/advice/server-probes.ts';

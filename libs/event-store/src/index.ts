export * from './bulk/index.ts';
export * from './changes/index.ts';
export * from './door/index.ts';
export * from './query/index.ts';
export * from './engines/sqlite/index.ts';
export * from './engines/mongo/index.ts';

export * from './engines/sqlite/index.ts';
export * from './engines/mongo/index.ts';

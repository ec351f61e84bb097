export * from './testing/temporary-storage.ts';
export * from './testing/forced-indexes.ts';

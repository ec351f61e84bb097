export * from './testing/temporary-storage.ts';

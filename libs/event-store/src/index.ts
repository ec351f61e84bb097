export * from './door/index.ts';
export * from './query/index.ts';

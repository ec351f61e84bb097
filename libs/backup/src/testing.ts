export * from './testing/small-keep.ts';

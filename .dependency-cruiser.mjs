export { default } from './test/architecture/import-law.ts';

export { default } from './test/architecture/folder-law.ts';

export { FakeDirectories } from './testing/fake-directories.ts';

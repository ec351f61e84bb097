export { openRuntimes } from './compose-runtimes.ts';

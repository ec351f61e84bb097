export { openRuntimes, type Runtimes } from './compose-runtimes.ts';

import type { Config } from '@datakeep/kernel';
import type { Reporter } from './reporter.ts';

/** What each command gets. */
export interface Surroundings {
  readonly config: Config;
  readonly reporter: Reporter;
}

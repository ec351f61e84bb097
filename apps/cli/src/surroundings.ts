import type { Config } from '@datakeep/kernel';
import type { Reporter } from './reporter.ts';

/** What each command gets. */
export interface Surroundings {
  readonly config: Config;
  readonly reporter: Reporter;
}

/** Makes the action of a command: reports what it throws, and gives the first argument by its name. */
export type Does = <O extends object>(
  act: (options: O, surroundings: Surroundings) => Promise<void>,
) => (...given: unknown[]) => Promise<void>;

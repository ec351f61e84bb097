import type { Config } from '@datakeep/kernel';
import type { Reporter } from './reporter.ts';

/** What each command gets. */
export interface CommandContext {
  readonly config: Config;
  readonly reporter: Reporter;
}

export type Act<O extends object> = (options: O, context: CommandContext) => Promise<void>;

/**
 * Makes the action of a command, which is loaded when it is run: reports what it throws, and gives the first argument
 * by its name.
 */
export type Does = <O extends object>(load: () => Promise<Act<O>>) => (...args: unknown[]) => Promise<void>;

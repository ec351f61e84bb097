import type { ExecutionLimits } from '@datakeep/contracts';
import type { CheckComplaint, SourceBundle } from '../frames/frames.ts';
import type { LaunchRequest } from '../jail/launcher.ts';
import type { LanguageAttacks } from '../self-test/attacks.ts';
import type { ProcessSize } from './process-pool.ts';
import type { Exit } from './view-process.ts';

/** What a runtime is beside its supervision: everything that depends on the language of its views. */
export interface Language {
  /** The runtime's name. */
  readonly runtime: string;
  /** What runs the code, for the admin. */
  readonly version: string;
  /** The names of which one is a view's entry file. */
  readonly entries: readonly string[];
  /**
   * `in-process`: a process runs view code itself, and so serves one source and reuse key only. `in-child`: it never
   * does, but forks a child for each run, which ends with the run; the process is bound to one source, and its children
   * serve any key.
   */
  readonly runs: 'in-process' | 'in-child';
  /** Bound processes, at work or idle, that are kept at least; more than may be at work where they cost little. */
  readonly kept: number;
  /** What one process serves. */
  readonly maxRuns: number;
  readonly maxAgeMs: number;
  sizeOf(limits: ExecutionLimits): ProcessSize;
  launchRequest(size: ProcessSize): LaunchRequest;
  /** What the self-test attacks with. */
  attacks(size: ProcessSize): LanguageAttacks;
  /** What is wrong with the source, when the process that looked at it ended without saying so. */
  complaintOf(exit: Exit, bundle: SourceBundle): CheckComplaint;
}

/** The body of the `load` frame: the source, and what a child of the process may take. */
export interface LoadedSource extends SourceBundle {
  readonly limits: { readonly memoryMiB: number; readonly cpuSeconds: number };
}

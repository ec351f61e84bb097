import { fileURLToPath } from 'node:url';
import type { ExecutionLimits } from '@datakeep/contracts';
import type { Language } from '../process/language.ts';
import type { ProcessSize } from '../process/process-pool.ts';
import {
  type SupervisedExecutionOptions,
  SupervisedExecutionService,
} from '../process/supervised-execution-service.ts';
import { findRunner, launchRequest } from './runner-launch.ts';
import { javaScriptAttacks } from './self-test/javascript-attacks.ts';
import { syntaxComplaint } from './syntax-complaint.ts';

export interface JavaScriptExecutionServiceOptions extends SupervisedExecutionOptions {
  /** The Node binary that runs view code, absolute. */
  readonly nodePath: string;
  /** Where the runner's files lie; default: beside this module. */
  readonly runnerDirectory?: string;
}

/**
 * Execution service for JavaScript: view code in supervised Node processes, each reused only for the same source and
 * key.
 */
export async function openJavaScript(options: JavaScriptExecutionServiceOptions): Promise<SupervisedExecutionService> {
  const runner = await findRunner(options.runnerDirectory ?? fileURLToPath(new URL('./runner/', import.meta.url)));
  const javascript: Language = {
    runtime: 'javascript',
    version: process.version,
    entries: ['main.js', 'main.mjs'],
    runs: 'in-process',
    kept: 0,
    maxRuns: 10_000,
    maxAgeMs: 60_000,
    sizeOf,
    launchRequest: (size) => launchRequest(options.nodePath, runner, size),
    complaintOf: syntaxComplaint,
    attacks: (size) =>
      javaScriptAttacks((file, bare) => launchRequest(options.nodePath, { ...runner, files: [file] }, size, bare)),
  };
  return SupervisedExecutionService.start(javascript, options);
}

function sizeOf(limits: ExecutionLimits): ProcessSize {
  // RLIMIT_CPU counts over a process's life, and so does the pool, up to a half of it: as much as many short runs of
  // one process take. `ProcessWatch` holds each run to its own limit.
  return { memoryMiB: limits.memoryMiB, cpuSeconds: Math.max(30, Math.ceil(limits.cpuTimeMs / 500)) };
}

import { fileURLToPath } from 'node:url';
import type { ExecutionLimits, ExecutionService } from '@datakeep/contracts';
import type { Language } from '../process/language.ts';
import type { LaunchRequest } from '../jail/launcher.ts';
import type { ProcessSize } from '../process/process-pool.ts';
import {
  type SupervisedExecutionOptions,
  SupervisedExecutionService,
} from '../process/supervised-execution-service.ts';
import { AbsentRuntime } from './absent-runtime.ts';
import { findPython, type Python } from './find-python.ts';
import { pythonAttacks } from './self-test/python-attacks.ts';

export interface PythonExecutionServiceOptions extends SupervisedExecutionOptions {
  /** Where to look for Python, in this order; default: where systems put it. */
  readonly pythonPaths?: readonly string[];
}

/** What a zygote takes beside what its children may. */
const zygoteMiB = 64;
/** A zygote's own time: about 3 ms a run. */
const zygoteCpuSeconds = 60;
/** Bound zygotes kept: about 12 MiB each, most of it shared with their like. */
const keptZygotes = 8;
const threads = 64;

/**
 * Execution service for Python: each run in a child of a zygote, which has compiled the view's source and imported its
 * libraries. Without a Python the service exists, is unhealthy, and reports why.
 */
export async function openPython(options: PythonExecutionServiceOptions): Promise<ExecutionService> {
  let python: Python;
  try {
    python = await findPython(options.pythonPaths);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    options.logger.warn('There is no Python for views', { reason });
    return new AbsentRuntime({ runtime: 'python', reason, sources: options.sources, limits: options.limits });
  }
  const attacks = await pythonAttacks();
  const language: Language = {
    runtime: 'python',
    version: python.version,
    entries: ['main.py'],
    runs: 'in-child',
    kept: keptZygotes,
    maxRuns: 1000,
    maxAgeMs: 600_000,
    sizeOf,
    launchRequest: (size) => launchRequest(python, size),
    complaintOf: () => ({ path: 'main.py', message: 'The source cannot be compiled.' }),
    attacks: () => attacks,
  };
  return SupervisedExecutionService.start(language, options);
}

function sizeOf(limits: ExecutionLimits): ProcessSize {
  // Its children inherit what is left above their own limit; a zygote of other limits is another one.
  return { memoryMiB: limits.memoryMiB, cpuSeconds: zygoteCpuSeconds + Math.ceil(limits.cpuTimeMs / 1000) };
}

function launchRequest({ path, library }: Python, size: ProcessSize): LaunchRequest {
  const runner = fileURLToPath(new URL('./runner', import.meta.url));
  const seccomp = fileURLToPath(new URL('../jail/seccomp.py', import.meta.url));
  return {
    program: path,
    arguments: ['-I', '-S', '-B', `${runner}/main.py`, seccomp],
    reads: [runner, seccomp, ...library],
    dataMiB: zygoteMiB + size.memoryMiB,
    cpuSeconds: size.cpuSeconds,
    processes: threads,
    forks: true,
  };
}

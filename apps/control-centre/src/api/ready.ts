import { ProblemError, unreachable } from './problem.ts';

/** Between two looks whether the keep is ready again, ms. */
const lookMs = 500;
const looks = 240;

/** Resolves once the keep is ready; throws `unreachable` after two minutes. */
export async function untilReady(): Promise<void> {
  for (let look = 0; look < looks; look++) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    const response = await fetch('/health/ready', { cache: 'no-store' }).catch(() => undefined);
    if (response?.ok) return;
  }
  throw new ProblemError(unreachable);
}

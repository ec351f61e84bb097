import { vi } from 'vitest';

/**
 * Default timeout of `vi.waitFor`, ms. Vitest's own second is too short for a process on a machine that does other work
 * as well.
 */
const timeout = 10_000;

const { waitFor } = vi;
vi.waitFor = (callback, options) => waitFor(callback, typeof options === 'number' ? options : { timeout, ...options });

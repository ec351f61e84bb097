import { vi } from 'vitest';

/**
 * Default timeout of `vi.waitFor` and `vi.waitUntil`, ms. Vitest's own second is too short for a process on a machine
 * that does other work as well.
 */
const timeout = 30_000;

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, typeof options === 'number' ? options : { timeout, ...options });
vi.waitUntil = (callback, options) =>
  waitUntil(callback, typeof options === 'number' ? options : { timeout, ...options });

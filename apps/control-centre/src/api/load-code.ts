import { lazy, type ComponentType } from 'react';

/** Between two tries while the keep is away, ms. */
const againMs = 1000;

const isThere = (): Promise<boolean> =>
  fetch('/health/live', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * Loads a part of this page's code. While the keep is away it is asked for again: what is open stays open. Throws where
 * the keep is there without it, as one that was replaced by another version.
 */
export async function loadCode<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load();
    } catch {
      // It may have come back since.
      if (await isThere()) return load();
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

/** A component whose code is loaded when it is first shown. */
export const lazily = <Properties>(load: () => Promise<ComponentType<Properties>>) =>
  lazy(() => loadCode(async () => ({ default: await load() })));

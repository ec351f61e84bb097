import { watch } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { basename } from 'node:path';

/** An editor saves in several steps, ms. */
const settleMs = 100;

/** Acts now, and again after each save of a file in the folder that is not hidden, until the signal. */
export async function onSave(folder: string, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  let next = Promise.withResolvers<void>();
  const wake = (): void => next.resolve();
  signal.addEventListener('abort', wake, { once: true });
  const watcher = watch(folder, { recursive: true }, (_event, name) => {
    if (name === null || !basename(name).startsWith('.')) next.resolve();
  });
  let fault: Error | undefined;
  watcher.on('error', (error) => {
    fault = error;
    wake();
  });
  process.stderr.write(`Watching ${folder}. Ctrl-C ends it.\n`);
  try {
    while (!signal.aborted) {
      await act();
      await next.promise;
      if (fault !== undefined) throw fault;
      await pause(settleMs, undefined, { signal }).catch(() => undefined);
      next = Promise.withResolvers<void>();
      if (signal.aborted) wake();
    }
  } finally {
    watcher.close();
    signal.removeEventListener('abort', wake);
  }
}

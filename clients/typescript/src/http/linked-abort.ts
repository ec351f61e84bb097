/** A controller that the caller's signal aborts too, until `release`: that signal may outlive many requests. */
export function linkedAbort(signal: AbortSignal | undefined): {
  readonly controller: AbortController;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const forward = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) forward();
  else signal?.addEventListener('abort', forward, { once: true });
  return { controller, release: () => signal?.removeEventListener('abort', forward) };
}

/** Runs `clear` and ends at a signal, so that nothing half made stays. */
export function onInterrupt(clear: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      clear();
      process.stderr.write('\nInterrupted: nothing was made.\n');
      process.exit(1);
    });
}

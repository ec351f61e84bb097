/** Runs `clear` and ends at a signal, so that nothing half made stays. `said`: what became of the work by then. */
export function onInterrupt(clear: () => Promise<void> | void, said: () => string = () => 'nothing was made'): void {
  const end = async (): Promise<void> => {
    await clear();
    process.stderr.write(`\nInterrupted: ${said()}.\n`);
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end());
}

/**
 * With the argument `--end-with-parent` the process ends, as at Ctrl-C, when its standard input does: a pipe whose
 * other end only its parent holds closes however the parent ended. It is an argument of the program, since what `node
 * --import` loads runs in every worker thread as well.
 */
export function endWithParent(): void {
  if (!process.argv.includes('--end-with-parent')) return;
  process.stdin.resume().on('end', () => process.kill(process.pid, 'SIGINT'));
  // A process that has nothing else to do may end.
  process.stdin.unref();
}

/**
 * Loaded before a service (`node --import`): ends it, as Ctrl-C would, when the process that started it is gone, however that ended. Its standard input is a pipe
 * whose other end nobody else holds.
 */
process.stdin.resume().on('end', () => process.kill(process.pid, 'SIGINT'));
// A service that has nothing else to do may end.
process.stdin.unref();

/**
 * Node's flags of every process of the keep. They bound the heap and keep compiled code over idle times (ADR 22); a
 * stack trace names the line of the source. This is the only list: the start scripts take it from here, and a process
 * that was started without them starts anew.
 */
export const startFlags: readonly string[] = [
  '--max-old-space-size=512',
  '--max-semi-space-size=16',
  '--initial-heap-size=128',
  '--no-memory-reducer',
  '--heap-growing-percent=50',
  '--enable-source-maps',
  '--disable-sigusr1',
];

/**
 * Variables that a script starts a process of the keep with, as the Dockerfile does; those of the user win. Without two
 * arenas glibc gives each thread its own, which keeps up to 64 MiB of what was freed.
 */
export const startVariables: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };

/**
 * Runs before a process imports anything else. Imports nothing itself, since an old Node could not load the imports.
 */
export function prepareNode(version: string): void {
  requireNode(version);
  takeStartFlags();
  // --enable-source-maps, which threads need, maps packages too, and holds their maps in memory.
  process.getBuiltinModule('node:module').setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
}

/** Ends the process with one clear line where the Node that runs it is too old. */
function requireNode(version: string): void {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major >= 26) return;
  process.stderr.write(
    `Datakeep needs Node 26; this is ${version}. Start it with \`npm start\`, which brings its own.\n`,
  );
  process.exit(1);
}

/**
 * Replaces this process by the same program with the flags that it lacks; pid, streams and environment are kept. A flag
 * that was given keeps its value. Windows has no `execve`: there only the given flags apply.
 */
function takeStartFlags(): void {
  const program = process.argv[1];
  if (program === undefined || process.platform === 'win32') return;
  const name = (flag: string): string | undefined => flag.split('=')[0];
  const present = new Set(process.execArgv.map(name));
  const missing = startFlags.filter((flag) => !present.has(name(flag)));
  if (missing.length === 0) return;
  // The real path shows in a list of processes which build this one reads.
  const file = process.getBuiltinModule('node:fs').realpathSync(program);
  process.execve?.(process.execPath, [
    process.execPath,
    ...missing,
    ...process.execArgv,
    file,
    ...process.argv.slice(2),
  ]);
}

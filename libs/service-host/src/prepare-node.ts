/** What a process does before it imports anything else. Imports nothing itself, since an old Node could not load what comes next. */
export function prepareNode(version: string): void {
  requireNode(version);
  keepUndiciOut();
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
 * The first ES module that imports `http` reads all of its exports, and three of them load undici: 3 MiB in each of the keep's processes (ADR 22). Nothing takes them from there; the globals of the
 * same names, and `fetch`, load it when they are used.
 */
function keepUndiciOut(): void {
  const http = process.getBuiltinModule('node:http');
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) Reflect.deleteProperty(http, name);
}

/** Ends the process with one clear line where the Node that runs it is too old. Imports nothing, since an old Node could not load what comes next. */
export function requireNode(version: string): void {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major >= 26) return;
  process.stderr.write(`Datakeep needs Node 26; this is ${version}. Start it with \`npm start\`, which brings its own.\n`);
  process.exit(1);
}

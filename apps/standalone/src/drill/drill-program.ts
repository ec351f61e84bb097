/** The program of a drill, which starts an embedded keep. */
export const drillProgram = new URL(
  import.meta.url.endsWith('.ts') ? './drill.child.ts' : './drill.child.js',
  import.meta.url,
);

/**
 * `npm run sizes`: what a browser loads of the Control Centre, of clients/typescript and of examples/timeline, in
 * gzipped KiB, beside its limit. Fails where one exceeds it. The limits of the Control Centre are those of a phone on a
 * slow line: first load within 2 s at 1 Mbit/s.
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

/** `worker`: what imports files, which is loaded once a file is chosen. */
const limits = { firstScript: 220, firstStyle: 45, page: 60, editor: 160, worker: 120, client: 12, timeline: 60 };

const { output } = (await build({
  root: fileURLToPath(new URL('../apps/control-centre/', import.meta.url)),
  logLevel: 'warn',
  build: { write: false },
})) as Rolldown.RolldownOutput;
const chunks = new Map(output.flatMap((part) => (part.type === 'chunk' ? [[part.fileName, part] as const] : [])));
const kib = (texts: readonly (string | Uint8Array)[]): number =>
  texts.reduce((sum, text) => sum + gzipSync(text).length, 0) / 1024;

/** The chunk, and what it imports before it runs. */
function loadedWith(fileName: string, found = new Set<string>()): Set<string> {
  if (found.has(fileName)) return found;
  found.add(fileName);
  for (const imported of chunks.get(fileName)?.imports ?? []) loadedWith(imported, found);
  return found;
}
const scripts = (names: Iterable<string>): string[] => [...names].map((name) => chunks.get(name)!.code);
const isEditor = (name: string): boolean =>
  chunks.get(name)!.moduleIds.some((id) => /node_modules\/@(?:codemirror|lezer)\//.test(id));

const entry = [...chunks.values()].find((chunk) => chunk.isEntry)!;
const first = loadedWith(entry.fileName);
const styles = output.flatMap((part) => (part.type === 'asset' && part.fileName.endsWith('.css') ? [part.source] : []));
const rows: (readonly [string, number, number])[] = [
  ['first load: script', kib(scripts(first)), limits.firstScript],
  ['styles of all pages', kib(styles), limits.firstStyle],
];
// An editor is loaded with one grammar.
const grammars = [...chunks.values()].filter(({ facadeModuleId }) => facadeModuleId?.includes('@codemirror/lang-'));
const editorOf = (fileName: string): string[] => [...loadedWith(fileName)].filter((name) => !first.has(name));
for (const { fileName, name, facadeModuleId } of chunks.values())
  if (/components\/code\/\w+\.tsx$/.test(facadeModuleId ?? ''))
    rows.push([
      `code: ${name}`,
      Math.max(
        ...grammars.map((grammar) => kib(scripts(new Set([...editorOf(fileName), ...editorOf(grammar.fileName)])))),
      ),
      limits.editor,
    ]);
for (const chunk of chunks.values())
  if (chunk.isDynamicEntry && chunk.facadeModuleId?.endsWith('Page.tsx'))
    rows.push([
      `page: ${chunk.name}`,
      kib(scripts([...loadedWith(chunk.fileName)].filter((name) => !first.has(name) && !isEditor(name)))),
      limits.page,
    ]);
for (const part of output)
  if (part.type === 'asset' && part.fileName.includes('.worker-'))
    rows.push(['worker: import of files', kib([part.source]), limits.worker]);
const [client] = (await build({
  logLevel: 'warn',
  build: {
    write: false,
    lib: { entry: fileURLToPath(new URL('../clients/typescript/src/index.ts', import.meta.url)), formats: ['es'] },
    rolldownOptions: { output: { minify: true } },
  },
})) as Rolldown.RolldownOutput[];
const clientChunks = client!.output.flatMap((part) => (part.type === 'chunk' ? [part.code] : []));
rows.push(['client: all that index exports', kib(clientChunks), limits.client]);
const source = (file: string): string => fileURLToPath(new URL(`../clients/typescript/src/${file}`, import.meta.url));
const timeline = (await build({
  root: fileURLToPath(new URL('../examples/timeline/', import.meta.url)),
  logLevel: 'warn',
  resolve: {
    alias: [
      { find: '@datakeep/client/indexeddb-outbox', replacement: source('outbox/indexeddb-outbox.ts') },
      { find: '@datakeep/client', replacement: source('index.ts') },
    ],
  },
  build: { write: false },
})) as Rolldown.RolldownOutput;
const timelineFiles = timeline.output.map((part) => (part.type === 'chunk' ? part.code : part.source));
rows.push(['examples/timeline: all of it', kib(timelineFiles), limits.timeline]);
for (const [what, size, limit] of rows) {
  console.log(`${what.padEnd(34)} ${size.toFixed(1).padStart(6)} KiB of ${limit}`);
  if (size > limit) process.exitCode = 1;
}

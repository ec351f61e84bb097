/**
 * `npm run dev`: the Control Centre from its sources, as Vite serves it at http://localhost:5173, before a keep that is
 * built and started anew when its sources change. Variables are those of `npm start`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'vite';
import { startFlags } from '../libs/service-host/src/prepare-node.ts';
import { build } from './build.ts';

const root = join(import.meta.dirname, '..');
/** An editor writes several files at a time, ms. */
const quietMs = 300;
let keep: ChildProcess | undefined;
let timer: NodeJS.Timeout | undefined;
let starting = Promise.resolve();

async function stop(): Promise<void> {
  if (keep === undefined || keep.exitCode !== null || keep.signalCode !== null) return;
  const exit = once(keep, 'exit');
  keep.kill('SIGINT');
  await exit;
}

async function restart(): Promise<void> {
  let folder: string;
  try {
    folder = build();
  } catch (error) {
    // The compiler has printed the error; the running keep stays up.
    console.error(error instanceof Error ? error.message : error);
    return;
  }
  await stop();
  keep = spawn(process.execPath, [...startFlags, join(folder, 'apps/standalone/src/main.js')], { stdio: 'inherit' });
}

const again = (): void => {
  clearTimeout(timer);
  timer = setTimeout(() => (starting = starting.then(restart)), quietMs);
};
await restart();
for (const folder of ['apps', 'libs'])
  watch(join(root, folder), { recursive: true }, (_event, path) => {
    // Vite itself follows the sources of the page.
    if (path?.endsWith('.ts') && !path.startsWith('control-centre') && !path.endsWith('.spec.ts')) again();
  });
const keepUrl = `http://127.0.0.1:${process.env['PORT'] ?? 8020}`;
const server = await createServer({
  configFile: join(root, 'apps/control-centre/vite.config.ts'),
  server: {
    port: 5173,
    proxy: Object.fromEntries(['/admin', '/app/v1', '/openapi', '/docs', '/health'].map((path) => [path, keepUrl])),
  },
});
await server.listen();
server.printUrls();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([stop(), server.close()]).then(() => process.exit(0)));

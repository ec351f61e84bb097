#!/usr/bin/env node
/**
 * `npx datakeep …` in a checkout, with whatever Node the system has: builds the program if its sources changed, and
 * runs its command with the Node that npm brought. What the build prints goes to standard error, since a backup may go
 * to standard output.
 */
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const node = join(root, 'node_modules/.bin/node');

const built = spawnSync(node, [join(root, 'scripts/build.ts')], { stdio: ['ignore', 2, 2] });
if (built.error) console.error(`${node} does not start (${built.error.message}): run \`npm ci\` in ${root} first.`);
if (built.status !== 0) process.exit(1);

const folder = realpathSync(join(root, 'dist/current'));
const program = join(folder, 'apps/cli/src/main.js');
const { startVariables } = await import(pathToFileURL(join(folder, 'libs/service-host/src/prepare-node.js')).href);
const arguments_ = [program, ...process.argv.slice(2)];
// Ctrl-C reaches the command itself, which clears up; this process waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
const command = spawn(node, arguments_, { stdio: 'inherit', env: { ...startVariables, ...process.env } });
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => command.kill(signal));
command.once('exit', (code) => {
  process.exitCode = code ?? 1;
});

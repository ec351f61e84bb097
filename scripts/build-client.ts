/** Compiles clients/typescript into its `dist`, as it is published. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const client = join(root, 'clients/typescript');
rmSync(join(client, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', client], {
  stdio: 'inherit',
});
if (status === 0) copyFileSync(join(root, 'LICENSE'), join(client, 'LICENSE'));
process.exitCode = status ?? 1;

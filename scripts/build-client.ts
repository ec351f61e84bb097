/** `node scripts/build-client.ts FOLDER…` compiles these folders of `clients` into their `dist`, to be published. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
for (const name of process.argv.slice(2)) {
  const client = join(root, 'clients', name);
  rmSync(join(client, 'dist'), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', client], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync(join(root, 'LICENSE'), join(client, 'LICENSE'));
}

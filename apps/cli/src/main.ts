import { prepareNode } from '@datakeep/service-host/prepare-node';

prepareNode(process.version);
const { run } = await import('./run.ts');
await run();
// A start that failed half-way leaves threads and view processes, which would keep the command alive.
if (process.exitCode !== undefined && process.exitCode !== 0) process.exit();

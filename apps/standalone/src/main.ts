import { requireNode } from './require-node.ts';

requireNode(process.version);
const { run } = await import('./run.ts');
await run();

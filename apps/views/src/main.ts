import { requireNode } from '@datakeep/service-host/require-node';

requireNode(process.version);
const { run } = await import('./run.ts');
await run();

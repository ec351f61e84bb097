import { requireNode } from '@datakeep/service-host/require-node';

requireNode(process.version);
const { runProcess } = await import('@datakeep/service-host');
const { startExecutors } = await import('./bootstrap.ts');
await runProcess('executors', startExecutors);

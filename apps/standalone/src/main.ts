import { requireNode } from '@datakeep/service-host/require-node';

requireNode(process.version);
const { runProcess } = await import('@datakeep/service-host');
const { startKeep } = await import('./bootstrap.ts');
await runProcess('standalone', startKeep);

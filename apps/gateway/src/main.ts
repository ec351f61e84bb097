import { requireNode } from '@datakeep/service-host/require-node';

requireNode(process.version);
const { runProcess } = await import('@datakeep/service-host');
const { startGatewayProcess } = await import('./start-process.ts');
await runProcess('gateway', startGatewayProcess);

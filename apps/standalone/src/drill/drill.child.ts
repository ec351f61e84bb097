import { prepareNode } from '@datakeep/service-host/prepare-node';

prepareNode(process.version);
const { runDrill } = await import('./run-drill.ts');
await runDrill();

import { prepareNode } from '@datakeep/service-host/prepare-node';

prepareNode(process.version);
const { run } = await import('./run.ts');
await run();

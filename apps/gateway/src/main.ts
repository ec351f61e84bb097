import { prepareNode } from '@datakeep/service-host/prepare-node';

prepareNode(process.version);
await import('./run.ts');

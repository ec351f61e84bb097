import { prepareNode } from '@datakeep/service-host/prepare-node';

prepareNode(process.version);
// Imported after the version check: an old Node could not load it. A relative path, since only those and static imports
// are rewritten for dist.
await import('./run.ts');

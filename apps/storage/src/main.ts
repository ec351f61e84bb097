import { requireNode } from '@datakeep/service-host/require-node';

requireNode(process.version);
// Imported only now: an old Node could not load it. A relative path, since only those and static imports are rewritten for dist.
await import('./run.ts');

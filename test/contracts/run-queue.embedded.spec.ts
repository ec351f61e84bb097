import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RunQueue } from '@datakeep/contracts';
import { SqliteDocuments, type DocumentStore } from '@datakeep/documents';
import { createLogger } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { EmbeddedRunQueue } from '@datakeep/run-queue';

import { runQueueContract } from './run-queue.contract.ts';
import type { RunQueuePlace } from './run-queue.scene.ts';

/** A store whose commits lead nowhere once its process is dead. */
function mortal(documents: SqliteDocuments): { readonly documents: DocumentStore; die(): void } {
  let dead = false;
  return {
    die: () => (dead = true),
    documents: {
      collection: (definition) => documents.collection(definition),
      commit: (writes) => (dead ? new Promise(() => undefined) : documents.commit(writes)),
      ping: () => documents.ping(),
      figures: () => documents.figures(),
      counts: () => documents.counts(),
      close: () => documents.close(),
    },
  };
}

async function newPlace(): Promise<RunQueuePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'datakeep-queue-'));
  const clock = new ManualClock();
  const logger = createLogger('silent');
  let open: { readonly store: SqliteDocuments; readonly die: () => void; readonly queue: RunQueue } | undefined;
  return {
    open: async (options) => {
      await open?.store.close();
      const store = SqliteDocuments.open({ file: join(folder, 'queue.sqlite'), synchronous: 'normal' });
      const { documents, die } = mortal(store);
      const queue = await EmbeddedRunQueue.open({ documents, clock, options, logger });
      open = { store, die, queue };
      return queue;
    },
    crash: async () => open?.die(),
    pass: (ms) => clock.advance(ms),
    remove: async () => {
      await open?.store.close();
      await rm(folder, { recursive: true });
    },
  };
}

runQueueContract('the embedded queue', { backoffMs: 1000, newPlace });

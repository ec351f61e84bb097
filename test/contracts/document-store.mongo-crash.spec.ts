import { openMongoDocuments, type CollectionDefinition, type MongoDocuments } from '@datakeep/documents';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { startMongoStandIn } from '../support/services/mongo-stand-in.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';

interface Part {
  readonly id: string;
  readonly unit: string;
  readonly key: string;
}
const parts: CollectionDefinition<Part> = {
  name: 'parts',
  fields: { unit: { type: 'string' }, key: { type: 'string' } },
  indexes: [{ name: 'key', fields: ['key'], unique: true, serves: 'one part per key' }],
};

// Built by the broker once; this suite kills its server, so it has a separate one.
const built = await useService('mongo', 'documents on a server that is killed');

describe.runIf(built)('documents on a durable server that is killed under load', () => {
  let service: Service;
  let store: MongoDocuments;
  beforeAll(async () => {
    service = await startMongoStandIn();
    store = await openMongoDocuments({ uri: service.uri });
  });
  afterAll(async () => {
    await store.close();
    await service.stop();
  });

  it('have every acknowledged unit, no part of any other, and no two of one key', async () => {
    const collection = store.collection(parts);
    const acknowledged = new Set<string>();
    const failures = new Set<unknown>();
    let stopping = false;
    // Also where this test has failed before: a writer whose store is closed is refused at once, and its loop would
    // never yield the event loop.
    onTestFinished(() => void (stopping = true));
    const writer = async (number: number): Promise<void> => {
      for (let count = 0; !stopping; count++) {
        const unit = `w${number} ${count}`;
        const writes = ['a', 'b', 'c'].map((part) =>
          collection.insert({ id: `${unit} ${part}`, unit, key: `${unit} ${part}` }),
        );
        await store.commit(writes).then(
          () => acknowledged.add(unit),
          (error: unknown) => failures.add((error as { code?: unknown }).code),
        );
      }
    };
    const writers = Array.from({ length: 6 }, (_, number) => writer(number));
    for (let time = 0; time < 3; time++) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { interval: 5 }).toBeGreaterThan(before + 15);
      await service.kill();
      await service.restart();
    }
    stopping = true;
    await Promise.all(writers);
    expect([...failures].filter((code) => code !== 'storage-unreachable')).toEqual([]);

    const found = await collection.find({ limit: 10_000 });
    const units = Map.groupBy(found, (part) => part.unit);
    process.stdout.write(`killed 3 times: ${acknowledged.size} units acknowledged, ${units.size} found\n`);
    expect([...acknowledged].filter((unit) => !units.has(unit))).toEqual([]);
    expect([...units.values()].filter((list) => list.length !== 3)).toEqual([]);
    expect(new Set(found.map((part) => part.key)).size).toBe(found.length);
  });
});

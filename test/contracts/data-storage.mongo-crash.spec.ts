import { type AdvisedStorage, openMongoStorage } from '@datakeep/storage';
import { createLogger } from '@datakeep/kernel';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startMongoStandIn } from '../support/services/mongo-stand-in.ts';
import type { Service } from '../support/services/service-process.ts';
import { useService } from '../support/services/use-service.ts';
import { aQuery, identified } from './data-storage.fixture.ts';

// Built by the broker once; this suite kills its server, so it has a separate one.
const built = await useService('mongo', 'events on a server that is killed');

describe.runIf(built)('events on a durable server that is killed under load', () => {
  let service: Service;
  let storage: AdvisedStorage;
  beforeAll(async () => {
    service = await startMongoStandIn();
    storage = await openMongoStorage({ uri: service.uri }, { logger: createLogger('silent') });
  });
  afterAll(async () => {
    await storage.close();
    await service.stop();
  });

  test('none that was acknowledged is absent, none is stored twice, and no list in part', async () => {
    const acknowledged = new Set<string>();
    const failures = new Set<unknown>();
    const listLength = 5;
    let stopping = false;
    // Also where this test has failed before: a writer whose storage is closed is refused at once, and its loop would
    // never yield the event loop.
    onTestFinished(() => void (stopping = true));
    const writer = async (number: number): Promise<void> => {
      for (let list = 0; !stopping; list++) {
        const names = Array.from({ length: listLength }, (_, place) => `w${number} ${list} ${place}`);
        for (let done = false; !done;) {
          try {
            await storage.append(names.map((one) => identified(one, { list: `w${number} ${list}` })));
            for (const one of names) acknowledged.add(one);
            done = true;
          } catch (error) {
            failures.add((error as { code?: unknown }).code);
            if (stopping) done = true;
          }
        }
      }
    };
    const writers = Array.from({ length: 8 }, (_, number) => writer(number));
    for (let time = 0; time < 3; time++) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { interval: 5 }).toBeGreaterThan(before + 100);
      await service.kill();
      await service.restart();
    }
    const before = acknowledged.size;
    await expect.poll(() => acknowledged.size).toBeGreaterThan(before + 50);
    stopping = true;
    await Promise.all(writers);
    expect([...failures].filter((code) => code !== 'storage-unreachable')).toEqual([]);

    const found: { metadata: { identifier: string }; payload: { list: string } }[] = [];
    let page = await storage.query(aQuery({ limit: 1000, timeoutMs: 10_000 }));
    found.push(...(JSON.parse(page.itemsJson) as typeof found));
    while (page.next) {
      page = await storage.query(aQuery({ limit: 1000, timeoutMs: 10_000, after: page.next }));
      found.push(...(JSON.parse(page.itemsJson) as typeof found));
    }
    const stored = new Set(found.map((event) => event.metadata.identifier));
    const lists = Map.groupBy(found, (event) => event.payload.list);
    process.stdout.write(`killed 3 times: ${acknowledged.size} acknowledged, ${found.length} found\n`);
    expect([...acknowledged].filter((one) => !stored.has(one))).toEqual([]);
    expect(found.length).toBe(stored.size);
    expect([...lists.values()].filter((events) => events.length !== listLength)).toEqual([]);
  });
});

import { access } from 'node:fs/promises';

import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';

import { ServiceBroker, type Answer } from './broker.ts';
import { startMongoStandIn } from './mongo-stand-in.ts';
import { startRedis } from './redis.ts';
import { useService } from './use-service.ts';

const redis = await useService('redis', 'services');
const mongo = await useService('mongo', 'services');

const isRunning = (pid: number) =>
  access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
const ask = async (broker: string, name: string): Promise<Answer> =>
  (await fetch(`${broker}/${name}?suite=a`)).json() as Promise<Answer>;

describe.runIf(redis)('a service', () => {
  it('can be killed, started again at the same address, and stopped', async () => {
    const service = await startRedis();
    const { uri, pid } = service;
    await service.kill();
    expect(await isRunning(pid)).toBe(false);
    await service.restart();
    expect(service.uri).toBe(uri);
    expect(service.pid).not.toBe(pid);
    await service.stop();
    expect(await isRunning(service.pid)).toBe(false);
  });
});

describe('the stand-in for MongoDB', () => {
  const names = async (uri: string, insert?: string) => {
    const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5000 }).asPromise();
    const people = connection.collection<{ name: string }>('people');
    if (insert) await people.insertOne({ name: insert });
    const found = await people.find().toArray();
    await connection.close();
    return found.map(({ name }) => name);
  };

  it.runIf(mongo)('keeps what it acknowledged when it is killed', async () => {
    const service = await startMongoStandIn();
    expect(await names(service.uri, 'Ada')).toEqual(['Ada']);
    await service.kill();
    await service.restart();
    expect(await names(service.uri)).toEqual(['Ada']);
    await service.stop();
  });
});

describe('the broker of services', () => {
  const nothing = {
    REDIS_URL: undefined,
    MONGODB_URI: undefined,
    REQUIRE_SERVICES: undefined,
  };

  it('gives what runs outside, and says so at the end', async () => {
    const broker = new ServiceBroker({ ...nothing, REDIS_URL: 'redis://elsewhere:1' });
    const url = await broker.open();
    expect(await ask(url, 'redis')).toEqual({ engine: 'outside', uri: 'redis://elsewhere:1' });
    await broker.close();
    expect(broker.summary()).toEqual(['the server given from outside ran: a']);
  });

  it.runIf(redis)('starts one server for all that ask, and none that nobody asks for', async () => {
    const broker = new ServiceBroker(nothing);
    const url = await broker.open();
    const [one, other] = await Promise.all([ask(url, 'redis'), ask(url, 'redis')]);
    expect(one).toEqual(other);
    expect(one).toMatchObject({ engine: 'Redis' });
    await broker.close();
    expect(broker.summary()).toEqual(['Redis ran: a']);
  });
});

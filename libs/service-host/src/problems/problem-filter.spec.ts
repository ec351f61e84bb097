import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, DatakeepError } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import { ProblemFilter } from './problem-filter.ts';

let failure: Error;

@Controller()
class FailingController {
  @Get()
  fail(): never {
    throw failure;
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

describe('the log of requests that fail', () => {
  const clock = new ManualClock();
  let logged: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line) => void logged.push(JSON.parse(line) as (typeof logged)[0]) });
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(FailingModule, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter(logger, undefined, clock));
    await app.init();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    logged = [];
    await clock.advance(60_000);
  });

  const fail = async (times: number, error: Error): Promise<void> => {
    failure = error;
    for (let time = 0; time < times; time += 1) await app.inject('/');
  };
  const away = new DatakeepError('storage-unreachable', undefined, { cause: new Error('connect ECONNREFUSED :1') });

  it('has one line a minute for each service that is away, with cause and count, and no stack', async () => {
    await fail(50, away);
    await fail(
      3,
      new DatakeepError('view-manager-unreachable', 'The views service is out of reach. Nothing was done.'),
    );
    expect(logged).toMatchObject([
      { level: 'warn', msg: 'request refused', code: 'storage-unreachable', count: 1, requestId: 'req-1' },
      { level: 'warn', code: 'view-manager-unreachable', count: 1 },
    ]);
    expect(logged[0]).toMatchObject({ reason: 'The storage is out of reach: connect ECONNREFUSED :1' });
    await clock.advance(60_000);
    await fail(1, away);
    expect(logged[2]).toMatchObject({ code: 'storage-unreachable', count: 50 });
    expect(logged).toHaveLength(3);
    for (const line of logged) expect(line).not.toHaveProperty('stack');
  });

  it('has each failure of the keep itself, with its stack', async () => {
    await fail(2, new TypeError('x is not a function'));
    expect(logged).toHaveLength(2);
    expect(logged[1]).toMatchObject({ level: 'error', msg: 'request failed', code: 'internal' });
    expect(logged[1]!['stack']).toContain('problem-filter.spec');
  });
});

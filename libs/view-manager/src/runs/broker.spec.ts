import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker, BrokerMethod } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { succeeded } from '../testing.ts';
import { Views, appId } from '../testing/views.ts';

let views: Views;
beforeEach(async () => void (views = await Views.open()));
afterEach(() => views.close());

const eventId = 'a'.repeat(24);

/** Runs a view that uses its broker; returns its result, and the caller that the event service saw. */
async function withBroker<T>(use: (broker: Broker) => Promise<T>): Promise<{ answer: T; caller: unknown }> {
  const { instance } = await views.instance();
  let answer: T | undefined;
  views.execution.code = async ({ broker }) => {
    answer = await use(broker);
    return succeeded(null);
  };
  const { id } = await views.run(instance.id);
  return { answer: answer!, caller: { kind: 'run', runId: id, viewInstanceId: instance.id, appId } };
}

async function refused(method: BrokerMethod, json: string): Promise<string> {
  const { answer } = await withBroker((broker) =>
    broker.call(method, json).then(
      () => 'answered',
      (error: unknown) => DatakeepError.from(error)?.code ?? String(error),
    ),
  );
  return answer;
}

describe('what a view asks of its keep', () => {
  test("calls the event service in the run's name, with every argument as the view sent it", async () => {
    const { answer, caller } = await withBroker(async (broker) => [
      await broker.call('events.query', '[ {"profile": "location/visit", "limit": 9007199254740993} ]'),
      await broker.call('events.aggregate', '[ {"profile": "location/visit"} ]'),
      await broker.call('events.create', '[[{"metadata":{"profile":"location/visit"},"payload":{"text":"a,]}\\"["}}]]'),
      await broker.call('events.modify', `["${eventId}", {"n": 1.0}, 3]`),
      await broker.call('events.modify', `["${eventId}", {}]`),
      await broker.call('events.modify', `["${eventId}", {}, null]`),
      await broker.call('events.delete', `["${eventId}"]`),
    ]);
    expect(views.events.calls).toEqual([
      ['query', caller, '{"profile": "location/visit", "limit": 9007199254740993}'],
      ['aggregate', caller, '{"profile": "location/visit"}'],
      ['ingest', caller, '{"events":[{"metadata":{"profile":"location/visit"},"payload":{"text":"a,]}\\"["}}]}'],
      ['modify', caller, eventId, '{"payload":{"n": 1.0}}', '"3"'],
      ['modify', caller, eventId, '{"payload":{}}', '*'],
      ['modify', caller, eventId, '{"payload":{}}', '*'],
      ['remove', caller, eventId, undefined],
    ]);
    expect(answer).toEqual([
      { json: '{"items":[{},{}],"nextCursor":null}', items: 2, profile: 'walk' },
      { json: '{"groups":[{},{},{}],"truncated":false}', items: 3, profile: 'walk' },
      { json: expect.stringContaining('"accepted":1'), items: 1 },
      { json: `{"id":"${eventId}"}`, items: 1 },
      { json: `{"id":"${eventId}"}`, items: 1 },
      { json: `{"id":"${eventId}"}`, items: 1 },
      { json: 'null', items: 1 },
    ]);
  });

  test.each<[BrokerMethod, string, string]>([
    ['events.query', '[]', 'invalid'],
    ['events.query', '[{}, {}]', 'invalid'],
    ['events.query', '{}', 'unreadable-body'],
    ['events.query', '[{}', 'unreadable-body'],
    ['events.query', '[{}],[{}]', 'unreadable-body'],
    ['events.query', '', 'unreadable-body'],
    ['events.create', '[,]', 'unreadable-body'],
    ['events.modify', `["${eventId}"]`, 'invalid'],
    ['events.modify', `["${eventId}", {}, "3"]`, 'invalid'],
    ['events.modify', `["${eventId}", {}, 0]`, 'invalid'],
    ['events.modify', `["${eventId}", {}, 1, 2]`, 'invalid'],
    ['events.modify', '["x", {}]', 'not-found'],
    ['events.delete', '[7]', 'not-found'],
    ['events.delete', '[]', 'invalid'],
    ['events.aggregate', '[]', 'invalid'],
    ['events.drop' as BrokerMethod, '[]', 'not-found'],
  ])('%s with %s is refused as %s', async (method, json, code) => {
    expect(await refused(method, json)).toBe(code);
    expect(views.events.calls).toEqual([]);
  });

  test("and what the event service refuses reaches it with the event service's code", async () => {
    views.events.query = async () => {
      throw new DatakeepError('forbidden');
    };
    expect(await refused('events.query', '[{}]')).toBe('forbidden');
  });

  test('is refused when its run has ended', async () => {
    const { answer } = await withBroker(async (broker) => broker);
    await expect(answer.call('events.query', '[{}]')).rejects.toMatchObject({ code: 'run-finished' });
    expect(views.events.calls).toEqual([]);
  });
});

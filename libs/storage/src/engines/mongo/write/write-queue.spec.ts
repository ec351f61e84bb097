import { expect, test } from 'vitest';
import type { NewEvent } from '@datakeep/contracts';
import { WriteQueue } from './write-queue.ts';

const event = { id: '', profile: '', source: '', createdAt: 0, acceptedAt: 0, payload: '{}' } satisfies NewEvent;
const stored = (lists: readonly (readonly NewEvent[])[]) =>
  Promise.resolve(lists.map((list) => list.map(() => ({ id: '', acceptedAt: 0, status: 'created' as const }))));

test('modifications, removals and lists that wait are bounded together', async () => {
  const queue = new WriteQueue(stored, { waitingEvents: 3 });
  const written: number[] = [];
  const write = (n: number) => queue.run(() => Promise.resolve(written.push(n)));
  const outcomes = await Promise.allSettled([
    write(1),
    queue.append([event]),
    write(2),
    write(3),
    queue.append([event]),
  ]);
  const refusal = { status: 'rejected', reason: { code: 'storage-busy', retryAfterSeconds: 1 } };
  expect(outcomes.slice(3)).toMatchObject([refusal, refusal]);
  expect(written).toEqual([1, 2]);
  expect(await write(4)).toBe(3);
  expect(queue.room.isCrowded).toBe(false);
});

test('the text of a modification counts', async () => {
  const queue = new WriteQueue(stored, { waitingBytes: 10 });
  const first = queue.run(() => Promise.resolve(), 10);
  await expect(queue.run(() => Promise.resolve(), 1)).rejects.toMatchObject({ code: 'storage-busy' });
  await first;
});

test('a write that throws at once fails alone', async () => {
  const queue = new WriteQueue(stored, {});
  const failing = queue.run(() => {
    throw new SyntaxError('no JSON');
  });
  const next = queue.append([event]);
  await expect(failing).rejects.toThrow('no JSON');
  expect(await next).toHaveLength(1);
});

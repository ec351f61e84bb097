import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectIds } from '@datakeep/kernel';
import { expect, test } from 'vitest';
import { openForWriting } from '../database-file.ts';
import { EventWriter } from './event-writer.ts';
import { flatten } from './flat-events.ts';

const ids = new ObjectIds();
const events = (source: string, number: number) =>
  flatten(
    Array.from({ length: number }, () => ({
      id: ids.next(),
      profile: 'walk',
      source,
      createdAt: 1,
      acceptedAt: 1,
      payload: '{}',
      createdAtGiven: false,
    })),
  );

test('removing by source ends once the source has none, and looks through no other rows', () => {
  const directory = mkdtempSync(join(tmpdir(), 'datakeep-writer-'));
  const database = openForWriting(directory, 'normal', 0);
  const writer = new EventWriter(database);
  writer.append(events('few', 10));
  writer.append(events('many', 2500));
  writer.append(events('few', 1));
  writer.settle();
  const steps = (source: string): readonly number[] => {
    const removed: number[] = [];
    for (let after = 0, until = -1, done = false; !done;) {
      const step = writer.sweep(source, after, until, 2);
      writer.settle();
      removed.push(step.removed);
      ({ after, until, done } = step);
    }
    return removed;
  };
  expect(steps('few')).toEqual([10, 0, 1]);
  expect(steps('few')).toEqual([0]);
  writer.append(events('few', 1));
  // In the same transaction as the append, whose totals are not written yet.
  expect(steps('few').reduce((sum, removed) => sum + removed)).toBe(1);
  expect(steps('many').reduce((sum, removed) => sum + removed)).toBe(2500);
  database.close();
  rmSync(directory, { recursive: true });
});

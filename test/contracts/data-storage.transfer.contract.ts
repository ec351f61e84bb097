import type { DataStorage, EventTransfer, RestoredEvent } from '@datakeep/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, code, identified, namesOf, type Place } from './data-storage.fixture.ts';

type Engine = DataStorage & EventTransfer;

export interface TransferHarness {
  readonly engine: string;
  place(): Promise<Omit<Place, 'open'> & { open(): Promise<Engine> }>;
}

/** The law of `EventTransfer`. */
export function transferLaw({ engine, place }: TransferHarness): void {
  describe(`${engine}: events on their way to another engine`, () => {
    const opened: { readonly storage: Engine; discard(): Promise<void> }[] = [];
    let from: Engine;
    let to: Engine;

    const open = async (): Promise<Engine> => {
      const here = await place();
      const storage = await here.open();
      opened.push({ storage, discard: () => here.discard() });
      return storage;
    };
    const all = async (storage: Engine): Promise<RestoredEvent[]> => {
      const events: RestoredEvent[] = [];
      for (;;) {
        const page = await storage.stored(events.at(-1)?.id);
        if (page.length === 0) return events;
        events.push(...page);
      }
    };

    beforeEach(async () => {
      from = await open();
      to = await open();
    });
    afterEach(async () => {
      for (const { storage, discard } of opened.splice(0)) {
        await storage.close();
        await discard();
      }
    });

    test('are whole, by id, and are stored alike where they are restored', async () => {
      const sent = [
        anEvent({ name: 'plain', text: 'ß \u2028 "quoted"' }),
        identified('one', { name: 'identified' }, { source: '6'.repeat(24), profile: 'contract.example/other' }),
        anEvent({ name: 'modified' }),
      ];
      await from.append(sent.toReversed());
      await from.replace(sent[2]!.id, '{"name":"again"}', 1, '7'.repeat(24));
      const { createdAtGiven: _given, ...second } = sent[1]!;
      const stored = await all(from);
      expect(stored).toEqual([
        { ...sent[0], version: 1 },
        { ...second, version: 1 },
        { ...sent[2], version: 2, payload: '{"name":"again"}', modifiedBy: '7'.repeat(24) },
      ]);
      await to.restore(stored);
      expect(await all(to)).toEqual(stored);
      const [again] = await to.append([{ ...sent[1]!, id: anEvent().id }]);
      expect(again).toMatchObject({ id: sent[1]!.id, status: 'duplicate' });
      const [other] = await to.append([{ ...sent[1]!, id: anEvent().id, digest: 'of other content' }]);
      expect(other).toMatchObject({ status: 'conflict' });
    });

    test('come in pages that are bounded in events and in text', async () => {
      const small = Array.from({ length: 1001 }, (_, index) => anEvent({ name: index }));
      await from.append(small.slice(0, 900));
      await from.append(small.slice(900));
      expect(await from.stored()).toHaveLength(1000);
      expect((await from.stored(small[999]!.id)).map(({ id }) => id)).toEqual([small[1000]!.id]);
      expect(await from.stored(small[1000]!.id)).toEqual([]);
      const large = Array.from({ length: 5 }, () => anEvent({ text: 'x'.repeat(1_500_000) }));
      await to.append(large);
      expect(await to.stored()).toHaveLength(3);
      expect(await all(to)).toHaveLength(5);
    });

    test('leave no place of the former change feed behind that would skip any', async () => {
      const events = Array.from({ length: 5 }, (_, index) => anEvent({ name: `n${index}` }));
      for (const event of events) await from.append([event]);
      await from.remove(events[0]!.id);
      const walk = await from.changes({ limit: 2 });
      const last = await from.lastChange();
      await to.outdate(last);
      await to.restore(await all(from));
      await to.outdate(last);
      for (const after of [walk.next, ...walk.changes.map((change) => change.place), last])
        await expect(to.changes({ after, limit: 10 })).rejects.toMatchObject(code('changes-gone'));

      const whole = await to.changes({ limit: 100 });
      expect(whole.changes).toHaveLength(4);
      const now = await to.lastChange();
      for (const after of [whole.next, now]) expect((await to.changes({ after, limit: 10 })).changes).toEqual([]);
      await to.append([anEvent({ name: 'new' })]);
      await to.remove(events[1]!.id);
      for (const after of [whole.next, now])
        expect((await to.changes({ after, limit: 10 })).changes.map(({ change }) => change)).toEqual([
          'created',
          'deleted',
        ]);
      expect(await namesOf(to)).toEqual(expect.arrayContaining(['new', 'n2', 'n3', 'n4']));
    });
  });
}

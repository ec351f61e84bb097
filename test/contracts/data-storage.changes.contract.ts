import type { ChangesQuery, DataStorage, EventChange, KeepEvent, NewEvent } from '@datakeep/contracts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  anEvent,
  code,
  identified,
  itemsOf,
  profile,
  source,
  type Harness,
  type Place,
} from './data-storage.fixture.ts';

const other = 'contract.example/other';

/** Follows the feed as a copy would: what it applied, and where it continues. */
class Copy {
  readonly events = new Map<string, string>();
  readonly told: EventChange[] = [];
  next: string | undefined;

  constructor(
    private readonly storage: DataStorage,
    private readonly query: Omit<ChangesQuery, 'after' | 'limit'> = {},
    private readonly limit = 1000,
  ) {}

  async catchUp(): Promise<readonly EventChange[]> {
    const before = this.told.length;
    for (;;) {
      const page = await this.storage.changes({
        ...this.query,
        limit: this.limit,
        ...(this.next === undefined ? {} : { after: this.next }),
      });
      this.next = page.next;
      for (const change of page.changes) this.#apply(change);
      if (!page.more) return this.told.slice(before);
    }
  }

  #apply(change: EventChange): void {
    this.told.push(change);
    const { id } = JSON.parse(change.json) as { id: string };
    if (change.change === 'deleted') this.events.delete(id);
    else this.events.set(id, change.json);
  }
}

const kinds = (changes: readonly EventChange[]): string[] =>
  changes.map(({ change, json }) => `${change} ${(JSON.parse(json) as { id: string }).id}`);

/** The law of the change feed (libs/contracts/src/changes.ts). */
export function changesLaw({ engine, place, real }: Harness): void {
  describe(`${engine}: changes`, () => {
    let here: Place;
    let storage: DataStorage;

    beforeEach(async () => {
      here = await place();
      storage = await here.open();
    });
    afterEach(async () => {
      await storage.close();
      await here.discard();
    });

    const stateOf = async (copy: Copy): Promise<void> => {
      const items = await itemsOf(storage, { limit: 1000 });
      const copied = [...copy.events.values()].map((json) => JSON.parse(json) as KeepEvent);
      const byId = (a: KeepEvent, b: KeepEvent): number => (a.id < b.id ? -1 : 1);
      expect(copied.toSorted(byId)).toEqual((items as KeepEvent[]).toSorted(byId));
    };

    test('tell what was created, modified and deleted, in commit order', async () => {
      const [a, b, c] = [anEvent({ n: 1 }), anEvent({ n: 2 }), anEvent({ n: 3 })];
      const copy = new Copy(storage);
      await storage.append([a]);
      await storage.append([b, c]);
      expect(kinds(await copy.catchUp())).toEqual([`created ${a.id}`, `created ${b.id}`, `created ${c.id}`]);
      await storage.replace(b.id, '{"n":22}');
      await storage.remove(a.id);
      const told = await copy.catchUp();
      expect(kinds(told)).toEqual([`modified ${b.id}`, `deleted ${a.id}`]);
      expect(JSON.parse(told[0]!.json)).toMatchObject({ id: b.id, metadata: { version: 2 }, payload: { n: 22 } });
      expect(JSON.parse(told[1]!.json)).toEqual({
        id: a.id,
        metadata: {
          profile,
          source: a.source,
          createdDate: new Date(a.createdAt).toISOString(),
          acceptedDate: new Date(a.acceptedAt).toISOString(),
          version: 1,
        },
      });
      await stateOf(copy);
    });

    test('have places that are never used twice, also after the last event went', async () => {
      const copy = new Copy(storage);
      for (let round = 0; round < 3; round += 1) {
        const event = anEvent();
        await storage.append([event]);
        await copy.catchUp();
        await storage.remove(event.id);
        await copy.catchUp();
      }
      if (real) {
        await storage.close();
        storage = await here.open();
      }
      await storage.append([anEvent()]);
      const later = new Copy(storage);
      later.next = copy.next;
      const places = [...copy.told, ...(await later.catchUp())].map((change) => change.place);
      expect(places).toHaveLength(7);
      expect(new Set(places).size).toBe(7);
    });

    test('come in pages that go on where the last ended, small ones too', async () => {
      const events = Array.from({ length: 25 }, (_, n) => anEvent({ n }));
      await storage.append(events.slice(0, 20));
      for (const event of events.slice(20)) await storage.append([event]);
      await storage.replace(events[3]!.id, '{"n":"new"}');
      const copy = new Copy(storage, {}, 3);
      const told = await copy.catchUp();
      expect(new Set(told.map((change) => change.place)).size).toBe(told.length);
      for (const [index, { place: after }] of told.entries()) {
        const onward = new Copy(storage);
        onward.next = after;
        expect(kinds(await onward.catchUp())).toEqual(kinds(told.slice(index + 1)));
      }
      expect(copy.events.size).toBe(25);
      await stateOf(copy);
      const page = await storage.changes({ limit: 1000, after: copy.next! });
      expect(page).toEqual({ changes: [], next: copy.next, more: false });
    });

    test('are told the last one of each event only, where it was changed again before', async () => {
      const events = Array.from({ length: 4 }, (_, n) => identified(`event ${n}`, { n }));
      const [once, twice, gone, modifiedAndGone] = events as [NewEvent, NewEvent, NewEvent, NewEvent];
      await storage.append(events);
      const copy = new Copy(storage);
      copy.next = (await storage.changes({ limit: 1 })).changes[0]!.place;
      await storage.replace(twice.id, '{"n":"new"}', undefined, 'admin');
      await storage.remove(gone.id);
      await storage.replace(modifiedAndGone.id, '{}');
      await storage.replace(twice.id, '{"n":"newer"}', undefined, source);
      await storage.remove(modifiedAndGone.id);
      const last = [`deleted ${gone.id}`, `modified ${twice.id}`, `deleted ${modifiedAndGone.id}`];
      const late = await copy.catchUp();
      expect(kinds(late)).toEqual(last);
      expect(kinds(await new Copy(storage).catchUp())).toEqual([`created ${once.id}`, ...last]);
      expect(JSON.parse(late[1]!.json)).toMatchObject({
        metadata: { modifiedBy: source, version: 3 },
        payload: { n: 'newer' },
      });
      await storage.restore([{ ...gone, version: 1 }]);
      const walk = new Copy(storage);
      const restored = kinds(await walk.catchUp());
      expect(restored.at(-1)).toBe(`created ${gone.id}`);
      expect(restored).not.toContain(last[0]);
      await stateOf(walk);
    });

    test('tell of a deleted event neither its payload nor its identifier', async () => {
      const modified = identified('to be modified');
      const events = [identified('to be deleted'), modified, identified('to go', {}, { source: '7'.repeat(24) })];
      await storage.append(events);
      await storage.replace(modified.id, '{}', undefined, 'admin');
      await storage.remove(events[0]!.id);
      await storage.remove(modified.id);
      await storage.removeBySource('7'.repeat(24));
      const told = await new Copy(storage).catchUp();
      expect(told.map((change) => JSON.parse(change.json) as unknown)).toEqual(
        events.map((event, index) => ({
          id: event.id,
          metadata: {
            profile,
            source: event.source,
            createdDate: new Date(event.createdAt).toISOString(),
            acceptedDate: new Date(event.acceptedAt).toISOString(),
            ...(index === 1 ? { version: 2, modifiedBy: 'admin' } : { version: 1 }),
          },
        })),
      );
    });

    test('may be those of some profiles', async () => {
      await storage.append([anEvent({ n: 1 }), anEvent({ n: 2 }, { profile: other })]);
      const [one, two] = [
        new Copy(storage, { profiles: [other] }),
        new Copy(storage, { profiles: ['contract.example/unknown'] }),
      ];
      const told = await one.catchUp();
      expect(told.map((change) => change.profile)).toEqual([other]);
      expect(await two.catchUp()).toEqual([]);
      await storage.append([anEvent({ n: 3 }, { profile: other })]);
      expect(await one.catchUp()).toHaveLength(1);
    });

    test('from the last place on are only what comes then', async () => {
      await storage.append([anEvent({ n: 1 })]);
      const copy = new Copy(storage);
      copy.next = await storage.lastChange();
      expect(await copy.catchUp()).toEqual([]);
      const event = anEvent({ n: 2 });
      await storage.append([event]);
      expect(kinds(await copy.catchUp())).toEqual([`created ${event.id}`]);
    });

    test('tell of every event that goes with its source', async () => {
      const gone = Array.from({ length: 30 }, () => anEvent({}, { source: '7'.repeat(24) }));
      const kept = anEvent();
      await storage.append([...gone, kept]);
      const copy = new Copy(storage);
      await copy.catchUp();
      await storage.removeBySource('7'.repeat(24));
      const told = await copy.catchUp();
      expect(told.every((change) => change.change === 'deleted')).toBe(true);
      expect([...copy.events.keys()]).toEqual([kept.id]);
    });

    test('tell of restored events, and of nothing that was refused or there already', async () => {
      const event = { ...anEvent({ n: 1 }), version: 3 };
      await storage.restore([event]);
      const copy = new Copy(storage);
      await copy.catchUp();
      await storage.restore([event]);
      await storage.restore([{ ...event, version: 4 }]);
      expect(await copy.catchUp()).toEqual([]);
      await stateOf(copy);
    });

    test('never skip one, whatever is written while they are read', async () => {
      const copy = new Copy(storage, {}, 7);
      let writing = true;
      const write = async (): Promise<void> => {
        const mine: string[] = [];
        for (let round = 0; round < 15; round += 1) {
          const events = Array.from({ length: 1 + (round % 4) }, (_, n) => anEvent({ round, n }));
          await storage.append(events);
          mine.push(...events.map((event) => event.id));
          if (round % 3 === 1) await storage.replace(mine[round]!, JSON.stringify({ replaced: round }));
          if (round % 5 === 4) await storage.remove(mine.shift()!);
        }
      };
      const read = async (): Promise<void> => {
        while (writing) await copy.catchUp();
      };
      const reading = read();
      await Promise.all(Array.from({ length: 4 }, () => write()));
      writing = false;
      await reading;
      await copy.catchUp();
      await stateOf(copy);
      expect(copy.told.length).toBeGreaterThanOrEqual(copy.events.size);
    });

    test('wake whoever watches, until it stops', async () => {
      const wake = vi.fn<() => void>();
      const stop = storage.watchChanges(wake);
      await vi.waitFor(async () => {
        await storage.append([anEvent()]);
        expect(wake).toHaveBeenCalled();
      }, 3000);
      const last = await storage.lastChange();
      stop();
      expect(last).toBe(await storage.lastChange());
    });

    test('after what is no place are refused', async () => {
      await expect(storage.changes({ limit: 10, after: 'nowhere' })).rejects.toMatchObject(code('invalid'));
    });
  });
}

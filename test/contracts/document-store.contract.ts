import {
  DocumentConflict,
  everyOf,
  mostFound,
  type CollectionDefinition,
  type DocumentStore,
  type Write,
} from '@datakeep/documents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** More than any test stores. */
const plenty = 1000;

/** How the suite gets stores of one engine. A place is what outlives a store: a file, a database name. */
export interface DocumentStoreFactory {
  newPlace(): string;
  open(place: string): Promise<DocumentStore>;
}

interface Account {
  readonly id: string;
  readonly name: string;
  readonly balance: number;
  readonly open?: boolean;
  readonly email?: string;
  readonly note?: unknown;
  readonly closedAt?: number;
}

const accounts: CollectionDefinition<Account> = {
  name: 'accounts',
  fields: {
    name: { type: 'string' },
    balance: { type: 'number' },
    open: { type: 'boolean', optional: true },
    email: { type: 'string', optional: true },
    note: { type: 'json', optional: true },
    closedAt: { type: 'number', optional: true },
  },
  indexes: [
    { name: 'email', fields: ['email'], unique: true, serves: 'one account per address' },
    { name: 'byName', fields: ['name', 'balance'], serves: 'accounts of a name' },
    { name: 'byClosing', fields: ['closedAt'], sparse: true, serves: 'accounts by their end' },
  ],
};

/** The law of the documents port, sentence by sentence. */
export function documentStoreContract(engine: string, factory: DocumentStoreFactory): void {
  describe(`the document store's law on ${engine}`, () => {
    let place: string;
    let store: DocumentStore;
    const open = async () => {
      store = await factory.open(place);
      return store.collection(accounts);
    };
    const reopen = async () => {
      await store.close();
      return open();
    };
    let collection: Awaited<ReturnType<typeof open>>;
    const account = (id: string, more: Partial<Account> = {}): Account => ({ id, name: 'Ada', balance: 0, ...more });
    const insertAll = (list: readonly Account[]) => store.commit(list.map((one) => collection.insert(one)));
    const ids = (list: readonly Account[]) => list.map((one) => one.id);
    const reasons = (outcomes: readonly PromiseSettledResult<void>[]): unknown[] =>
      outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    const conflictOf = async (writes: readonly Write[]) => {
      const error = await store.commit(writes).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(DocumentConflict);
      return error as DocumentConflict;
    };

    beforeEach(async () => {
      place = factory.newPlace();
      collection = await open();
    });
    afterEach(() => store.close());

    describe('documents', () => {
      it('come back equal, absent members staying absent', async () => {
        const full = account('full', {
          balance: -1.5e300,
          open: false,
          email: 'ä\u0000😀',
          note: { a: [1, null, { b: '' }], c: false },
          closedAt: 0,
        });
        await insertAll([full, account('bare')]);
        expect(await collection.get('full')).toStrictEqual(full);
        expect(await collection.get('bare')).toStrictEqual({ id: 'bare', name: 'Ada', balance: 0 });
        expect(await collection.get('none')).toBeUndefined();
      });

      it.each([
        [null],
        [0],
        [''],
        [true],
        ['text'],
        [[]],
        [{}],
        [{ deep: [[[{ x: 1e21 }]]] }],
        [JSON.parse('{"__proto__":{"a":1}}')],
      ])('hold %j in a json field', async (note) => {
        await insertAll([account('a', { note })]);
        const stored = await collection.get('a');
        expect(stored && 'note' in stored).toBe(true);
        expect(JSON.stringify(stored?.note)).toBe(JSON.stringify(note));
      });

      it('are what they were when the write was made', async () => {
        const note = { list: [1] };
        const write = collection.insert(account('a', { note }));
        note.list.push(2);
        await store.commit([write]);
        expect((await collection.get('a'))?.note).toEqual({ list: [1] });
      });

      it('are there for every reader when a relaxed commit resolves, and survive close and open as well', async () => {
        await store.commit([collection.insert(account('a', { balance: 7 }))], 'relaxed');
        await store.commit([collection.update('a', { set: { balance: 8 } })], 'durable');
        await store.commit([collection.update('a', { set: { balance: 9 } })], 'relaxed');
        expect(await collection.get('a')).toEqual(account('a', { balance: 9 }));
        collection = await reopen();
        expect(await collection.get('a')).toEqual(account('a', { balance: 9 }));
      });

      it('survive close and open', async () => {
        await insertAll([account('a', { balance: 7 })]);
        collection = await reopen();
        expect(await collection.get('a')).toEqual(account('a', { balance: 7 }));
      });
    });

    describe('an update', () => {
      it('sets, unsets and counts, and leaves the rest', async () => {
        await insertAll([account('a', { email: 'a@x', open: true, balance: 2 })]);
        await store.commit([
          collection.update('a', { set: { name: 'Eve' }, unset: ['email'], inc: { balance: -3, closedAt: 5 } }),
        ]);
        expect(await collection.get('a')).toStrictEqual({ id: 'a', name: 'Eve', balance: -1, open: true, closedAt: 5 });
      });

      it('happens only if its condition holds', async () => {
        await insertAll([account('a', { balance: 1 })]);
        await store.commit([
          collection.update('a', { set: { balance: 2 } }, { balance: 1, email: null, name: { in: ['Ada', 'Eve'] } }),
        ]);
        expect(await conflictOf([collection.update('a', { set: { balance: 3 } }, { balance: 1 })])).toMatchObject({
          kind: 'condition',
          write: 0,
          collection: 'accounts',
        });
        expect(
          await conflictOf([collection.update('a', { set: { balance: 3 } }, { balance: { gt: 2 } })]),
        ).toMatchObject({ kind: 'condition' });
        expect((await collection.get('a'))?.balance).toBe(2);
      });

      it('without a change is a check', async () => {
        await insertAll([account('a')]);
        await store.commit([collection.update('a', {}, { balance: 0 })]);
        expect(await conflictOf([collection.update('a', {}, { balance: 1 })])).toMatchObject({ kind: 'condition' });
      });

      it('of an unknown document is a conflict, as is a delete', async () => {
        expect(await conflictOf([collection.update('none', { inc: { balance: 1 } })])).toMatchObject({
          kind: 'condition',
          write: 0,
        });
        expect(await conflictOf([collection.delete('none')])).toMatchObject({ kind: 'condition', write: 0 });
      });
    });

    it('deletes only if the condition holds', async () => {
      await insertAll([account('a', { open: true })]);
      await conflictOf([collection.delete('a', { open: false })]);
      await store.commit([collection.delete('a', { open: true })]);
      expect(await collection.get('a')).toBeUndefined();
    });

    describe('a unit of work', () => {
      it('is carried out in the order of its list', async () => {
        await store.commit([
          collection.insert(account('a')),
          collection.update('a', { inc: { balance: 1 } }, { balance: 0 }),
          collection.delete('a', { balance: 1 }),
          collection.insert(account('a', { balance: 9 })),
        ]);
        expect((await collection.get('a'))?.balance).toBe(9);
      });

      it('changes nothing when one write of it conflicts, and tells which', async () => {
        await insertAll([account('a', { email: 'a@x' })]);
        const conflict = await conflictOf([
          collection.update('a', { set: { balance: 5 } }),
          collection.insert(account('b')),
          collection.insert(account('c', { email: 'a@x' })),
        ]);
        expect(conflict).toMatchObject({ kind: 'unique', write: 2, collection: 'accounts', index: 'email' });
        expect(await collection.find({ limit: plenty })).toEqual([account('a', { email: 'a@x' })]);
        collection = await reopen();
        expect(await collection.count()).toBe(1);
      });

      it('that is empty is done', async () => {
        await expect(store.commit([])).resolves.toBeUndefined();
      });

      it('is seen whole or not at all by reads while it is under way', async () => {
        await insertAll([account('a', { balance: 100 }), account('b', { balance: 0 })]);
        const totals = new Set<number>();
        const moves = Array.from({ length: 20 }, () =>
          store.commit([
            collection.update('a', { inc: { balance: -1 } }),
            collection.update('b', { inc: { balance: 1 } }),
          ]),
        );
        let arrived = 0;
        for (const move of moves) void move.then(() => arrived++);
        while (arrived < moves.length) {
          const both = await collection.find({ where: { id: { in: ['a', 'b'] } }, limit: plenty });
          totals.add(both.reduce((sum, one) => sum + one.balance, 0));
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect([...totals]).toEqual([100]);
        expect((await collection.get('b'))?.balance).toBe(20);
      });

      it('can be read as soon as it is acknowledged', async () => {
        for (let n = 1; n <= 20; n++) {
          await store.commit([collection.insert(account(`n${n}`))]);
          expect(await collection.count()).toBe(n);
        }
      });
    });

    describe('units that arrive together', () => {
      it('do not wait for each other: a conflict rejects its own caller only', async () => {
        await insertAll([account('taken')]);
        const outcomes = await Promise.allSettled(
          Array.from({ length: 30 }, (_, n) =>
            store.commit([
              collection.insert(account(`n${n}`)),
              collection.insert(account(n % 3 === 0 ? 'taken' : `m${n}`)),
            ]),
          ),
        );
        for (const [n, outcome] of outcomes.entries()) {
          expect(outcome.status).toBe(n % 3 === 0 ? 'rejected' : 'fulfilled');
          expect((await collection.get(`n${n}`)) !== undefined).toBe(n % 3 !== 0);
        }
      });

      it('let one of fifty compare-and-sets win', async () => {
        await insertAll([account('a')]);
        const outcomes = await Promise.allSettled(
          Array.from({ length: 50 }, (_, n) =>
            store.commit([collection.update('a', { set: { name: `winner ${n}`, balance: 1 } }, { balance: 0 })]),
          ),
        );
        const won = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [n] : []));
        expect(won).toHaveLength(1);
        expect(await collection.get('a')).toEqual(account('a', { name: `winner ${won[0]}`, balance: 1 }));
        expect(reasons(outcomes)).toEqual(
          Array.from({ length: 49 }, () => expect.objectContaining({ kind: 'condition' })),
        );
      });

      it('let one of fifty inserts of a unique value win', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 50 }, (_, n) =>
            store.commit([collection.insert(account(`n${n}`, { email: 'same@x' }))]),
          ),
        );
        expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
        expect(reasons(outcomes)).toEqual(
          Array.from({ length: 49 }, () => expect.objectContaining({ kind: 'unique', index: 'email' })),
        );
        expect(await collection.count({ email: 'same@x' })).toBe(1);
      });

      it('count exactly', async () => {
        await insertAll([account('a')]);
        await Promise.all(
          Array.from({ length: 50 }, () => store.commit([collection.update('a', { inc: { balance: 1 } })])),
        );
        expect((await collection.get('a'))?.balance).toBe(50);
      });
    });

    describe('a unique index', () => {
      it('keeps the id too, under the name "id"', async () => {
        await insertAll([account('a')]);
        expect(await conflictOf([collection.insert(account('a'))])).toMatchObject({ kind: 'unique', index: 'id' });
      });

      it('does not count documents that lack its field', async () => {
        await insertAll([account('a'), account('b'), account('c', { email: 'c@x' })]);
        await store.commit([
          collection.update('c', { unset: ['email'] }),
          collection.update('a', { set: { email: 'c@x' } }),
        ]);
        expect(await conflictOf([collection.update('b', { set: { email: 'c@x' } })])).toMatchObject({
          kind: 'unique',
          index: 'email',
        });
      });
    });

    describe('a find', () => {
      const people = [
        account('1', { name: 'Zoë', balance: 3, closedAt: 20 }),
        account('2', { name: 'ada', balance: 1, open: true }),
        account('3', { name: '\u{1f600}', balance: 2, closedAt: 10 }),
        account('4', { name: '\uffee', balance: 1, open: false, closedAt: 20 }),
        account('5', { name: 'Ada', balance: 5 }),
      ];
      beforeEach(() => insertAll(people));

      it.each([
        ['equality', { balance: 1 }, ['2', '4']],
        ['absence', { closedAt: null }, ['2', '5']],
        ['a list', { name: { in: ['Ada', 'ada', 'nobody'] } }, ['2', '5']],
        ['an empty list', { name: { in: [] } }, []],
        ['a range', { balance: { gte: 2, lt: 5 } }, ['1', '3']],
        ['an open range', { balance: { gt: 2, lte: 5 } }, ['1', '5']],
        ['a boolean', { open: false }, ['4']],
        ['several', { balance: 1, open: true }, ['2']],
        ['ids', { id: { in: ['5', '1'] } }, ['1', '5']],
        ['nothing', {}, ['1', '2', '3', '4', '5']],
      ] as const)('by %s', async (_what, where, expected) => {
        expect(ids(await collection.find({ where, limit: plenty }))).toEqual(expected);
        expect(await collection.count(where)).toBe(expected.length);
        expect((await collection.findOne(where))?.id).toBe(expected[0]);
      });

      it('compares strings by code point', async () => {
        expect(ids(await collection.find({ sort: { field: 'name', direction: 'ascending' }, limit: plenty }))).toEqual([
          '5',
          '1',
          '2',
          '4',
          '3',
        ]);
        expect(ids(await collection.find({ where: { name: { gt: '\uffee' } }, limit: plenty }))).toEqual(['3']);
      });

      it.each([
        ['ascending', 'balance', ['2', '4', '3', '1', '5']],
        ['descending', 'balance', ['5', '1', '3', '4', '2']],
        ['ascending', 'closedAt', ['2', '5', '3', '1', '4']],
        ['descending', 'closedAt', ['4', '1', '3', '5', '2']],
        ['ascending', 'id', ['1', '2', '3', '4', '5']],
        ['descending', 'id', ['5', '4', '3', '2', '1']],
      ] as const)('pages %s by %s, ids breaking ties, without gap or repeat', async (direction, field, expected) => {
        const sort = { field, direction };
        expect(ids(await collection.find({ sort, limit: plenty }))).toEqual(expected);
        for (const limit of [1, 2, 3]) {
          const seen: string[] = [];
          let page = await collection.find({ sort, limit });
          while (page.length > 0) {
            expect(page.length).toBeLessThanOrEqual(limit);
            seen.push(...ids(page));
            const last = page.at(-1);
            if (!last) break;
            page = await collection.find({ sort, limit, after: { value: last[field] ?? null, id: last.id } });
          }
          expect(seen).toEqual(expected);
        }
      });

      it('adds up a number field of what matches', async () => {
        const found = await collection.find({ limit: plenty });
        const balances = found.map(({ balance }) => balance);
        expect(await collection.sum('balance')).toBe(balances.reduce((all, balance) => all + balance, 0));
        const first = found[0]!;
        expect(await collection.sum('balance', { id: first.id })).toBe(first.balance);
        expect(await collection.sum('balance', { id: 'nobody' })).toBe(0);
        await expect(collection.sum('name')).rejects.toBeInstanceOf(TypeError);
      });

      it.each(['id', 'name', 'closedAt'] as const)(
        'comes whole in pages by %s, however many there are',
        async (field) => {
          const whole: string[] = [];
          const sort = { field, direction: 'descending' } as const;
          for await (const { id } of everyOf(collection, { sort }, 2)) whole.push(id);
          expect(whole).toEqual(ids(await collection.find({ sort, limit: plenty })));
          expect(whole).toHaveLength(await collection.count());
        },
      );

      it('takes no more than its limit', async () => {
        expect(await collection.find({ limit: 0 })).toEqual([]);
        expect(ids(await collection.find({ limit: 2 }))).toEqual(['1', '2']);
        expect(ids(await collection.find({ limit: mostFound }))).toHaveLength(await collection.count());
        for (const limit of [-1, Number.NaN, mostFound + 1, Number.POSITIVE_INFINITY])
          await expect(collection.find({ limit })).rejects.toThrow(TypeError);
      });
    });

    describe('what the definition does not name', () => {
      const bend = (value: unknown) => value as never;
      it.each<[string, () => unknown]>([
        ['an unknown field in an insert', () => collection.insert(bend({ ...account('a'), colour: 'red' }))],
        ['an unknown field in an update', () => collection.update('a', { set: bend({ colour: 'red' }) })],
        ['a missing field', () => collection.insert(bend({ id: 'a', name: 'Ada' }))],
        ['another type', () => collection.insert(bend(account('a', { balance: bend('1') })))],
        ['null in a field', () => collection.insert(bend(account('a', { email: bend(null) })))],
        ['a number that JSON cannot hold', () => collection.insert(account('a', { balance: Number.NaN }))],
        ['half a character', () => collection.insert(account('a', { email: '\ud800' }))],
        ['taking a needed field away', () => collection.update('a', { unset: ['balance'] })],
        ['counting text', () => collection.update('a', { inc: bend({ name: 1 }) })],
        ['changing a field twice', () => collection.update('a', { set: { balance: 1 }, inc: { balance: 1 } })],
        ['changing the id', () => collection.update('a', { set: bend({ id: 'b' }) })],
        ['an unknown field in a condition', () => collection.delete('a', bend({ colour: 'red' }))],
        ['an empty id', () => collection.insert(account(''))],
      ])('%s is a TypeError', (_what, make) => {
        expect(make).toThrowError(TypeError);
      });

      it.each<[string, () => Promise<unknown>]>([
        ['an unknown field', () => collection.find({ where: bend({ colour: 'red' }), limit: plenty })],
        ['an undefined value', () => collection.find({ where: bend({ name: undefined }), limit: plenty })],
        ['another type', () => collection.find({ where: { balance: bend('1') }, limit: plenty })],
        ['an unknown comparison', () => collection.find({ where: { balance: bend({ $gt: 1 }) }, limit: plenty })],
        ['a comparison of JSON', () => collection.find({ where: { note: bend('x') }, limit: plenty })],
        [
          'a sort by an unknown field',
          () => collection.find({ sort: { field: bend('x" --'), direction: 'ascending' }, limit: plenty }),
        ],
        [
          'a write made by hand',
          () => store.commit([{ collection: 'accounts', kind: 'insert', id: 'a', set: { colour: 'red' } }]),
        ],
        ['an unknown collection', () => store.commit([{ collection: 'none', kind: 'delete', id: 'a' }])],
      ])('%s is a TypeError in a read or commit', async (_what, run) => {
        await expect(run()).rejects.toBeInstanceOf(TypeError);
        expect(await collection.count()).toBe(0);
      });
    });

    it('gives the same collection for the same definition, and refuses another of that name', () => {
      expect(store.collection(accounts).definition).toEqual(accounts);
      expect(() => store.collection({ ...accounts, indexes: [] })).toThrowError(TypeError);
    });

    it('makes an index anew that was defined otherwise before', async () => {
      await store.commit([collection.insert({ id: 'a', name: 'ada', balance: 1 })]);
      await store.close();
      store = await factory.open(place);
      const indexes = [{ name: 'byName', fields: ['name', 'id', 'balance'], serves: 'accounts of a name' }];
      const later = store.collection<Account>({ ...accounts, indexes });
      await store.commit([later.insert({ id: 'b', name: 'ada', balance: 2 })]);
      expect((await later.find({ where: { name: 'ada' }, limit: plenty })).map(({ id }) => id)).toEqual(['a', 'b']);
    });

    it('refuses a unique index of several fields one of which may be absent', () => {
      const index = { name: 'both', fields: ['name', 'email'], unique: true, serves: 'a test' };
      expect(() => store.collection({ ...accounts, name: 'others', indexes: [index] })).toThrowError(TypeError);
    });

    it('answers ping and tells its engine and size', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
      const figures = await store.figures();
      expect(figures.engine.length).toBeGreaterThan(0);
      expect(figures.bytes).toBeGreaterThanOrEqual(0);
    });

    it('counts the documents of each collection that was asked for', async () => {
      await store.commit([collection.insert(account('a')), collection.insert(account('b'))]);
      store.collection({ ...accounts, name: 'empty' });
      expect(await store.counts()).toMatchObject({ [collection.definition.name]: 2, empty: 0 });
    });

    it('finishes what was asked before close, refuses what comes after, and closes twice', async () => {
      const before = store.commit([collection.insert(account('a'))]);
      await store.close();
      await expect(before).resolves.toBeUndefined();
      await expect(store.commit([collection.insert(account('b'))])).rejects.toMatchObject({ code: 'not-ready' });
      await expect(collection.get('a')).rejects.toMatchObject({ code: 'not-ready' });
      await expect(store.ping()).rejects.toMatchObject({ code: 'not-ready' });
      await store.close();
      collection = await open();
      expect(ids(await collection.find({ limit: plenty }))).toEqual(['a']);
    });
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventQuery, Filter, Position, SortKey } from '@datakeep/contracts';
import { candidateOf } from '../../../advisor/candidates.ts';
import { shapeOf } from '../../../advisor/shape.ts';
import { defineBudget } from '../compiler/budget.ts';
import { compileQuery } from '../compiler/compile-query.ts';
import { compileAggregation, foldFunction } from '../compiler/compile-aggregation.ts';
import { indexKey } from '../compiler/field.ts';
import { openForWriting, prepareDirectory } from '../database-file.ts';
import { foreseenPlans } from './foreseen-plan.ts';
import { indexSql } from './index-sql.ts';
import { planOf } from '../compiler/query-plan.ts';

const served = { arrays: false, sortedIn: false, negation: false };
const kinds = {
  'payload.user': 'string',
  'payload.amount': 'number',
  'payload.flag': 'boolean',
  'payload.a.b.c.d': 'string',
  "payload.it's odd": 'string',
  'metadata.createdDate': 'date',
  'metadata.acceptedDate': 'date',
  'metadata.version': 'number',
  'metadata.identifier': 'string',
  'metadata.source': 'string',
} as const;
const newest: SortKey = { field: 'metadata.createdDate', direction: 'descending' };
const up = (field: string): SortKey => ({ field, direction: 'ascending' });
const down = (field: string): SortKey => ({ field, direction: 'descending' });
const id = '0'.repeat(24);

const is = (field: string, value: string | number | boolean): Filter => ({ node: 'eq', field, value });
const and = (...children: Filter[]): Filter => ({ node: 'and', children });
const user = is('payload.user', 'u7');

interface Case {
  readonly filter?: Filter;
  readonly sort?: readonly SortKey[];
  readonly after?: Position;
  readonly count?: boolean;
  /** The range is so selective that it goes before the sort. */
  readonly selective?: boolean;
  /** The order is made by sorting all the same. */
  readonly sorts?: boolean;
  /** The index finds the page's place, and is not walked to it. */
  readonly seeks?: boolean;
  /** The planner rather walks the events by their dates, and it is known before: no such index is made. */
  readonly inVain?: boolean;
}

const cases: Record<string, Case> = {
  'a string': { filter: user },
  'a number': { filter: is('payload.amount', 7) },
  'a whole number beyond 2^53': { filter: is('payload.amount', 2 ** 60) },
  true: { filter: is('payload.flag', true) },
  'a path of many steps': { filter: is('payload.a.b.c.d', 'x3') },
  'a name that must be quoted': { filter: is("payload.it's odd", 'x3') },
  'two fields': { filter: and(user, is('payload.amount', 7)) },
  'four fields': {
    filter: and(user, is('payload.amount', 7), is('payload.flag', false), is('payload.a.b.c.d', 'x')),
    sorts: true,
  },
  'a source': { filter: is('metadata.source', 's1') },
  'a version': { filter: is('metadata.version', 3) },
  'an identifier': { filter: is('metadata.identifier', 'i7') },
  'a field beside one that must be there': { filter: and(user, { node: 'exists', field: 'payload.amount' }) },
  'a field beside one that must not be another': { filter: and(user, { node: 'not', child: is('payload.amount', 7) }) },
  'a field beside an or': {
    filter: and(user, { node: 'or', children: [is('payload.amount', 7), is('payload.flag', true)] }),
  },
  'a field beside a substring': { filter: and(user, { node: 'contains', field: 'payload.a.b.c.d', value: 'x' }) },
  'a field, oldest first': { filter: user, sort: [up('metadata.createdDate')] },
  'a field, the next page': { filter: user, after: { values: [500], id } },
  'a field, the next page of the oldest': {
    filter: user,
    sort: [up('metadata.createdDate')],
    after: { values: [500], id },
  },
  'a field in a time': {
    filter: and(
      user,
      { node: 'gte', field: 'metadata.createdDate', value: 10 },
      { node: 'lt', field: 'metadata.createdDate', value: 900 },
    ),
  },
  'a field with a loose range': { filter: and(user, { node: 'gt', field: 'payload.amount', value: 3 }) },
  'a field with a count': { filter: user, count: true },
  'a field sorted by another': { filter: user, sort: [up('payload.amount')] },
  'a field sorted by another, downwards': { filter: user, sort: [down('payload.amount')] },
  'a field sorted by another, the next page': {
    filter: user,
    sort: [up('payload.amount')],
    after: { values: [5], id },
    seeks: true,
  },
  'a field sorted by another, the next page downwards': {
    filter: user,
    sort: [down('payload.amount')],
    after: { values: [5], id },
    seeks: true,
  },
  'a field sorted by another, the next page after nothing': {
    filter: user,
    sort: [up('payload.amount')],
    after: { values: [null], id },
  },
  'a field sorted by two, in two directions': {
    filter: user,
    sort: [up('payload.amount'), down('metadata.createdDate')],
  },
  'a field sorted by itself': { filter: user, sort: [up('payload.user'), newest] },
  'nothing, sorted by a field': { sort: [up('payload.amount')] },
  'nothing, sorted by a field downwards': { sort: [down('payload.amount')] },
  'nothing, the next page by a field': { sort: [up('payload.amount')], after: { values: [5], id }, seeks: true },
  'nothing, the next page by a field downwards': {
    sort: [down('payload.amount')],
    after: { values: [5], id },
    seeks: true,
  },
  'nothing, the next page by a field whose place is nothing': {
    sort: [down('payload.amount')],
    after: { values: [null], id },
  },
  'nothing, sorted by when it was accepted': { sort: [down('metadata.acceptedDate')] },
  'a range sorted by itself': {
    filter: { node: 'gte', field: 'payload.amount', value: 30 },
    sort: [up('payload.amount')],
  },
  'a prefix': { filter: { node: 'prefix', field: 'payload.a.b.c.d', value: 'x99' }, selective: true, sorts: true },
  'one of some numbers': {
    filter: { node: 'in', field: 'payload.amount', values: [1, 2, 3] },
    selective: true,
    sorts: true,
  },
  'a field and one of some': {
    filter: and(user, { node: 'in', field: 'payload.amount', values: [1, 2, 3] }),
    selective: true,
    sorts: true,
  },
  'a lone range with one end': {
    filter: { node: 'gt', field: 'payload.amount', value: 990 },
    selective: true,
    inVain: true,
  },
  'a lone range with one end, of strings': {
    filter: { node: 'lt', field: 'payload.user', value: 'u1' },
    selective: true,
    inVain: true,
  },
  'one of some strings that many events share': {
    filter: { node: 'in', field: 'payload.user', values: ['u1', 'u2'] },
    selective: true,
    inVain: true,
  },
  'a field and a selective range': {
    filter: and(user, { node: 'lt', field: 'payload.amount', value: 2 }),
    selective: true,
    sorts: true,
  },
};

describe('every filter that the compiler makes of one kind of value', () => {
  let directory: string;
  let database: DatabaseSync;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'datakeep-served-'));
    prepareDirectory(directory);
    database = openForWriting(directory, 'normal', 0);
    defineBudget(database);
    database.exec("INSERT INTO profiles VALUES (1, 'p'), (2, 'q')");
    database.exec("INSERT INTO sources (code, name) VALUES (1, 's0'), (2, 's1')");
    const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL, ?)');
    database.exec('BEGIN');
    for (let n = 1; n <= 6000; n++) {
      const deep = { b: { c: { d: `x${n % 1000}` } } };
      const payload = JSON.stringify({
        user: `u${n % 100}`,
        amount: (n * 7919) % 1000,
        flag: n % 3 === 0,
        a: deep,
        "it's odd": `x${n % 200}`,
      });
      insert.run(
        n,
        n.toString(16).padStart(24, '0'),
        1 + (n % 2),
        1 + ((n >> 1) % 2),
        n,
        n,
        1 + (n % 5),
        `i${n}`,
        payload,
      );
    }
    database.exec('COMMIT; ANALYZE');
  });
  afterAll(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });

  const decided = (inVain: boolean): [string, Case][] =>
    Object.entries(cases).filter(([, one]) => (one.inVain ?? false) === inVain);

  test.each(decided(true))(
    '%s is not served by the index that it would get, which is known without making it',
    (_, { selective = false, inVain: _inVain, ...over }) => {
      const query: EventQuery = {
        profile: 'p',
        sort: [newest],
        limit: 100,
        kinds,
        arrays: [],
        timeoutMs: 1000,
        ...over,
      };
      const candidate = candidateOf(shapeOf(query, served), { distinct: () => 1, selectiveRange: selective });
      const { definition } = candidate ?? {};
      if (!definition) throw new Error('no candidate');
      const [foreseen] = foreseenPlans(database, [query], definition, 1);
      expect(foreseen).toMatchObject({ indexes: ['events_by_created'], sorts: false });
      database.exec(`SAVEPOINT before; ${indexSql(definition, 1)}; ANALYZE`);
      try {
        expect(planOf(database, compileQuery(query, 1).page)).toMatchObject({
          indexes: ['events_by_created'],
          sorts: false,
        });
      } finally {
        database.exec('ROLLBACK TO before; RELEASE before; ANALYZE');
      }
    },
  );

  test('the filter of an aggregation is served by the index that is made for it, as was foreseen', () => {
    const asked = { profile: 'p', filter: user, kinds, arrays: [], timeoutMs: 1000 };
    const counted: EventQuery = { ...asked, sort: [], limit: 1, count: true };
    const definition = candidateOf(shapeOf(counted, served), { distinct: () => 1, selectiveRange: false })?.definition;
    if (!definition) throw new Error('no candidate');
    expect([definition.keys.map(({ field }) => field), definition.idAfter]).toEqual([['payload.user'], null]);
    expect(foreseenPlans(database, [counted], definition, 1)).toMatchObject([{ indexes: [definition.name] }]);
    database.exec(`SAVEPOINT before; ${indexSql(definition, 1)}; ANALYZE`);
    try {
      database.function(foldFunction, { varargs: true }, () => 0);
      const aggregation = {
        ...asked,
        groupBy: [{ field: 'payload.flag' }],
        measures: [{ name: 'n', op: 'count' as const }],
        sort: [],
        limit: 10,
      };
      expect(planOf(database, compileAggregation(aggregation, 1, [])).indexes).toEqual([definition.name]);
      expect(planOf(database, compileAggregation(aggregation, 2, [])).indexes).not.toContain(definition.name);
    } finally {
      database.exec('ROLLBACK TO before; RELEASE before; ANALYZE');
    }
  });

  test.each(decided(false))(
    '%s is served by the index that is made for it, as was foreseen',
    (_, { selective = false, sorts = false, seeks = false, ...over }) => {
      const query: EventQuery = {
        profile: 'p',
        sort: [newest],
        limit: 100,
        kinds,
        arrays: [],
        timeoutMs: 1000,
        ...over,
      };
      const candidate = candidateOf(shapeOf(query, served), { distinct: () => 1, selectiveRange: selective });
      const { definition } = candidate ?? {};
      if (!definition) throw new Error('no candidate');
      const [foreseen] = foreseenPlans(database, [query], definition, 1);
      expect(foreseen).toMatchObject({ indexes: [definition.name], sorts });
      database.exec(`SAVEPOINT before; ${indexSql(definition, 1)}; ANALYZE`);
      try {
        const compiled = compileQuery(query, 1);
        for (const { field } of definition.keys) {
          const term = field === 'metadata.source' ? 'events.source' : (indexKey(field) ?? '');
          expect(compiled.page.sql).toContain(term);
        }
        const plan = planOf(database, compiled.page);
        expect(plan).toMatchObject({ indexes: [definition.name], sorts });
        expect(!seeks || /<expr>[<>]\?/.test(plan.steps.join('\n')), plan.steps.join('\n')).toBe(true);
        expect(planOf(database, compiled.count ?? compiled.page).indexes).toEqual([definition.name]);
        expect(planOf(database, compileQuery(query, 2).page).indexes).not.toContain(definition.name);
      } finally {
        database.exec('ROLLBACK TO before; RELEASE before; ANALYZE');
      }
    },
  );
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, type DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventQuery, Filter, SortKey } from '@datakeep/contracts';
import { openForWriting, prepareDirectory } from '../database-file.ts';
import { defineBudget } from './budget.ts';
import { compileQuery } from './compile-query.ts';
import { afterPrefix } from '../../answer/code-points.ts';
import { payloadValue } from './field.ts';

const newest: SortKey = { field: 'metadata.createdDate', direction: 'descending' };
const query = (over: Partial<EventQuery>): EventQuery => ({
  profile: 'p',
  sort: [newest],
  limit: 100,
  kinds: {},
  arrays: [],
  timeoutMs: 1000,
  ...over,
});

describe('the plan of a query', () => {
  let directory: string;
  let database: DatabaseSync;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'datakeep-plans-'));
    prepareDirectory(directory);
    database = openForWriting(directory, 'normal', 0);
    defineBudget(database);
    database.exec(`CREATE INDEX auto_user ON events (${payloadValue('payload.user')}, created, id) WHERE profile = 1`);
    database.exec(
      `CREATE INDEX auto_odd ON events (${payloadValue("payload.it's odd")}, created, id) WHERE profile = 1`,
    );
    database.exec("INSERT INTO profiles VALUES (1, 'p'), (2, 'q')");
    const insert = database.prepare(
      "INSERT INTO events VALUES (?, ?, ?, 1, ?, 1, 1, NULL, NULL, NULL, json_object('user', ?, 'it''s odd', ?))",
    );
    database.exec('BEGIN');
    for (let n = 1; n <= 2000; n++) insert.run(n, String(n).padStart(24, '0'), 1 + (n % 2), n, `u${n % 100}`, n);
    database.exec('COMMIT; ANALYZE');
  });
  afterAll(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });

  const plan = (over: Partial<EventQuery>, profile = 1): string => {
    const { page } = compileQuery(query(over), profile);
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${page.sql}`).all(...page.values);
    return steps.map((step) => String(step['detail'])).join('; ');
  };
  const user: Filter = { node: 'eq', field: 'payload.user', value: 'u7' };
  const after = { values: [500], id: '0'.repeat(24) };

  test.each<[string, Partial<EventQuery>]>([
    ['newest first', {}],
    ['the next page of it', { after }],
    ['oldest first', { sort: [{ ...newest, direction: 'ascending' }], after }],
    ['with a filter', { filter: { node: 'gt', field: 'payload.other', value: 1 } }],
    ['of a time range', { filter: { node: 'gte', field: 'metadata.createdDate', value: 10 } }],
  ])('the default order is served by its index, nothing sorted: %s', (_, over) => {
    expect(plan(over)).toContain('USING INDEX events_by_created');
    expect(plan(over)).not.toContain('TEMP B-TREE');
  });

  test('the place of the next page is found in the index and not counted to', () => {
    expect(plan({ after })).toContain('(profile=? AND (created,id)<(?,?))');
  });

  test('an expression index on a field, spelled by the same function, serves it and the order', () => {
    expect(plan({ filter: user })).toContain('USING INDEX auto_user');
    expect(plan({ filter: user })).not.toContain('TEMP B-TREE');
    expect(
      plan({ filter: { node: 'and', children: [user, { node: 'gt', field: 'metadata.version', value: 0 }] } }),
    ).toContain('USING INDEX auto_user');
    expect(plan({ filter: { node: 'eq', field: "payload.it's odd", value: 7 } })).toContain('USING INDEX auto_odd');
    expect(plan({ filter: user }, 2)).not.toContain('auto_user');
  });

  test.each<[string, Partial<EventQuery>]>([
    ['newest first', {}],
    ['the next page of it', { after }],
    ['by a payload field', { sort: [{ field: 'payload.user', direction: 'ascending' }] }],
    ['with a filter, and counted', { filter: user, count: true }],
  ])('a statement is prepared once, however often it is asked: %s', (_, over) => {
    const { page, count } = compileQuery(query(over), 1);
    const statements = [page, count].flatMap((part) =>
      part ? [{ statement: database.prepare(part.sql), values: part.values }] : [],
    );
    let prepared = 0;
    // SQLite asks it while it prepares, and never else.
    database.setAuthorizer(() => {
      prepared += 1;
      return constants.SQLITE_OK;
    });
    // The first answer after the authoriser was set is prepared anew.
    for (const { statement, values } of statements) statement.all(...values);
    prepared = 0;
    for (const { statement, values } of statements) statement.all(...values);
    database.setAuthorizer(null);
    expect(prepared).toBe(0);
  });

  test('a limit that is no whole number never becomes a part of a statement', () => {
    for (const limit of [1.5, Number.NaN, '1 OR 1' as unknown as number])
      expect(() => compileQuery(query({ limit }), 1)).toThrow(TypeError);
  });
});

test('a prefix ends before the next code point, and surrogates are none', () => {
  expect(afterPrefix('ab')).toBe('ac');
  expect(afterPrefix('a\u{10FFFF}')).toBe('b');
  expect(afterPrefix('\uD7FF')).toBe('\uE000');
  expect(afterPrefix('\u{10FFFF}')).toBeUndefined();
  expect(afterPrefix('')).toBeUndefined();
});

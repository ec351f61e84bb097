import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openForReading, openForWriting, prepareDirectory } from './database-file.ts';

describe('the reading connection', () => {
  let directory: string;
  let writing: DatabaseSync;
  let reading: DatabaseSync;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'datakeep-reading-'));
    prepareDirectory(directory);
    writing = openForWriting(directory, 'normal', 0);
    reading = openForReading(directory);
  });
  afterEach(() => {
    reading.close();
    writing.close();
    rmSync(directory, { recursive: true });
  });

  const statements = [
    "INSERT INTO tallies VALUES ('x', 1)",
    'DELETE FROM events',
    'DROP TABLE events',
    'CREATE TEMP TABLE t (a)',
    'CREATE INDEX i ON events (version)',
    'PRAGMA query_only = OFF',
    'PRAGMA user_version',
    "ATTACH '/tmp/x' AS x",
    "VACUUM INTO '/tmp/x'",
    'ANALYZE',
    'REINDEX',
  ];
  test.each(statements)('refuses %s', (sql) => {
    expect(() => reading.exec(sql)).toThrow(/not authorized|readonly|authoriz/);
  });

  test('selects, walks JSON and recurses', () => {
    expect(reading.prepare('SELECT value FROM json_each(?)').all('[1]')).toHaveLength(1);
    expect(
      reading
        .prepare('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n')
        .all(),
    ).toHaveLength(3);
  });

  test('has limits of its own on what a statement may be', () => {
    const { attach, sqlLength, exprDepth, likePatternLength, variableNumber, length } = reading.limits;
    expect({ attach, sqlLength, exprDepth, likePatternLength, variableNumber }).toEqual({
      attach: 0,
      sqlLength: 65_536,
      exprDepth: 50,
      likePatternLength: 256,
      variableNumber: 500,
    });
    expect(length).toBeGreaterThanOrEqual(16 * 1024 * 1024);
  });
});

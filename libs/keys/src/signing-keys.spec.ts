import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { KeyFile } from './key-file.ts';
import { SigningKeys } from './signing-keys.ts';

describe('the signing keys', () => {
  const clock = new ManualClock();
  let dataDir: string;
  let path: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-keys-'));
    path = join(dataDir, 'keys', 'signing-keys.json');
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));
  const open = () => SigningKeys.open({ dataDir, clock });
  const permissions = (name: string): string => (statSync(name).mode & 0o777).toString(8);

  it('are made at the first start, for the owner only, and are the same at the next', () => {
    const first = open();
    expect(first.current.secret.symmetricKeySize).toBe(32);
    expect([permissions(path), permissions(join(dataDir, 'keys'))]).toEqual(['600', '700']);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-keys.json']);

    const second = open();
    expect(second.current.kid).toBe(first.current.kid);
    expect(second.current.secret.equals(first.current.secret)).toBe(true);
  });

  it('keep only the previous one for verification when they are rotated, also over a restart', () => {
    const keys = open();
    const kids = [keys.current.kid];
    keys.rotate();
    kids.push(keys.current.kid);
    const reopened = open();
    for (const some of [keys, reopened]) {
      expect(some.current.kid).toBe(kids[1]);
      expect(some.find(kids[0])).toBeDefined();
    }
    reopened.rotate();
    expect(reopened.find(kids[0])).toBeUndefined();
    expect(reopened.find(kids[1])).toBeDefined();
    expect(permissions(path)).toBe('600');
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-keys.json']);
  });

  it('match a key id in their map only', () => {
    const keys = open();
    for (const kid of ['../signing-keys.json', path, '__proto__', 'constructor', '', undefined, null, 1, {}, ['a']])
      expect(keys.find(kid)).toBeUndefined();
  });

  it('can be given, with the same key id at each start, and are then never written', () => {
    const signingKey = randomBytes(32).toString('base64url');
    const given = () => SigningKeys.open({ dataDir, signingKey, clock });
    expect(given().current.kid).toBe(given().current.kid);
    expect(given().current.secret.export().toString('base64url')).toBe(signingKey);
    expect(given().current.kid).not.toContain(signingKey.slice(0, 6));
    expect(readdirSync(dataDir)).toEqual([]);
    expect(() => given().rotate()).toThrow(/SIGNING_KEY/);
  });

  it('derive a key for each other use, and after a rotation keep the former one beside it', () => {
    const keys = open();
    const [cursor, ...none] = keys.derive('cursor') as [Buffer];
    expect([cursor.length, none]).toEqual([32, []]);
    expect(open().derive('cursor')).toEqual([cursor]);
    expect(keys.derive('other')).not.toEqual([cursor]);
    expect(keys.current.secret.export().equals(cursor)).toBe(false);
    keys.rotate();
    const [next, former] = keys.derive('cursor');
    expect(former).toEqual(cursor);
    keys.rotate();
    expect(keys.derive('cursor')).toEqual([expect.any(Buffer), next]);
  });

  it('are closed to others again when somebody opened the file', () => {
    open();
    chmodSync(path, 0o644);
    open();
    expect(permissions(path)).toBe('600');
  });

  it.each([
    '',
    '{',
    'null',
    '{"format":2}',
    '{"format":1,"current":{"kid":"a","secret":"short","createdAt":1},"previous":null}',
  ])('stop the start when the file is damaged, without telling its content: %s', (text) => {
    open();
    writeFileSync(path, text);
    expect(open).toThrow(/is damaged/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('leave no file behind when one cannot be put in its place', () => {
    const keys = open();
    rmSync(path);
    mkdirSync(path);
    expect(() => keys.rotate()).toThrow();
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-keys.json']);
  });

  it('are rid at the next start of what a process left that died while it wrote them, and of no living process', () => {
    const [left, living] = [`${path}.0123456789ab.tmp`, `${path}.ba9876543210.tmp`];
    open();
    for (const file of [left, living]) writeFileSync(file, '{');
    utimesSync(left, 0, clock.now() / 1000 - 61);
    utimesSync(living, 0, clock.now() / 1000 - 1);
    open();
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-keys.json', basename(living)]);
  });

  it('are those of the process that was first when two make them at once', () => {
    const first = open().current.kid;
    const late = new KeyFile(dataDir).create({
      format: 1,
      current: { kid: 'late', secret: randomBytes(32).toString('base64url'), createdAt: 0 },
      previous: null,
    });
    expect(late.current.kid).toBe(first);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-keys.json']);
  });
});

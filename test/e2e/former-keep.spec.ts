import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { verifyAudit } from '@datakeep/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeepClient, type Page, type Run } from '../support/keep-client.ts';
import { type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

type Members = Readonly<Record<string, unknown>>;

/** What was known outside of the keep, and answered by it, before it was killed. */
interface Known {
  readonly tokens: Readonly<Record<'diary' | 'fitness' | 'revoked', string>>;
  readonly instances: Readonly<Record<'js' | 'py', string>>;
  readonly unfinished: readonly string[];
  readonly ended: readonly (Members & { readonly id: string })[];
  readonly permissions: readonly Members[];
  readonly audit: readonly (Members & { readonly sequence: number })[];
  /** Lines of its export. */
  readonly events: readonly string[];
}

/**
 * Made over HTTP by the release of commit 6398ac3 (29 November 2026: events of version 2, a queue and source code in
 * files), and killed with SIGKILL amid two runs: nearly all of it is in SQLite's logs.
 */
const archive = join(import.meta.dirname, '../support/former-keeps/6398ac3.tar.zst');

describe('a keep that a former release made, killed amid its runs', () => {
  const place = mkdtempSync(join(tmpdir(), 'datakeep-former-'));
  const config = { runRetentionDays: 36_500 };
  let known: Known;
  let under: KeepUnderTest;

  const by = (app: keyof Known['tokens']): KeepClient => new KeepClient(under.url, known.tokens[app]);
  const exported = async (): Promise<string[]> => {
    const text = await under.admin.ask<string>('POST', '/admin/v1/events/export', { body: {} });
    return text.split('\n').filter((line) => line.startsWith('{"id"'));
  };
  const listed = async <T>(path: string): Promise<readonly T[]> =>
    (await under.admin.ask<Page<T>>('GET', `/admin/v1/${path}?limit=1000`)).items;

  beforeAll(async () => {
    execFileSync('tar', ['-x', '-C', place], { input: zstdDecompressSync(readFileSync(archive)) });
    known = JSON.parse(readFileSync(join(place, 'known.json'), 'utf8')) as Known;
    under = await keepUnderTest({ dataDir: join(place, 'keep'), config });
  });
  afterAll(async () => {
    await under.stop();
    rmSync(place, { recursive: true });
  });

  it('has each event as it was, in every byte of its export', async () => {
    expect(await exported()).toEqual(known.events);
  });

  it('has its permissions, which go on holding, and its tokens', async () => {
    expect(await listed('permissions')).toEqual(known.permissions);
    const statusOf = async (app: keyof Known['tokens'], path: string): Promise<number> =>
      (await by(app).send('GET', path)).status;
    const events = (profile: string): string => `/app/v1/events?profile=${encodeURIComponent(profile)}`;
    expect(await statusOf('diary', events('Größe/日本'))).toBe(200);
    expect(await statusOf('fitness', events('walks.example/walk:v1.0'))).toBe(200);
    expect(await statusOf('fitness', events('Größe/日本'))).toBe(403);
    expect(await statusOf('revoked', '/app/v1/me')).toBe(401);
    const same = { metadata: { profile: 'walks.example/walk:v1.0', identifier: 'n 3 ü' }, payload: { n: 3 } };
    expect((await by('diary').send('POST', '/app/v1/events', { body: { events: [same] } })).status).toBe(409);
  });

  it('ends the runs that had not ended, has those that had, and runs its views', async () => {
    const run = (id: string): Promise<Run> => by('diary').ask('GET', `/app/v1/runs/${id}`);
    for (const id of known.unfinished)
      await expect.poll(async () => (await run(id)).state, { timeout: 60_000 }).toBe('succeeded');
    for (const ended of known.ended) expect(await run(ended.id)).toMatchObject(ended);
    for (const instance of Object.values(known.instances))
      expect(
        await by('diary').ask('POST', `/app/v1/view-instances/${instance}/runs`, {
          body: {},
          headers: { prefer: 'wait=20' },
        }),
      ).toMatchObject({ state: 'succeeded', result: 31 });
  });

  it('goes on with its audit trail, whose chain is whole', async () => {
    const trail = await listed<Known['audit'][number]>('audit');
    expect(trail.slice(-known.audit.length)).toEqual(known.audit);
    const verdict = await verifyAudit(under.keep.app.get<DocumentStore>(DOCUMENTS));
    expect(verdict.entries).toBeGreaterThan(known.audit.length);
    expect(verdict.broken).toBeUndefined();
  });

  it('has all of it after a second start, which converts nothing', async () => {
    await under.stop();
    under = await keepUnderTest({ dataDir: join(place, 'keep'), config });
    expect(under.logged.filter((line) => /is converted|is moved/.test(line))).toEqual([]);
    expect(await exported()).toEqual(known.events);
  });
});

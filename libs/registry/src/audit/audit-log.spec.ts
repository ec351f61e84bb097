import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { DocumentConflict } from '@datakeep/documents';
import { adminId, openRegistry } from '../testing/registry-bench.ts';
import { auditDefinition, type AuditRecord } from './audit-entry.ts';
import { AuditLog, chainStart } from './audit-log.ts';
import { verifyAudit, verifyAuditBackwards } from './verify-audit.ts';

const entry = (index: number) => ({
  action: 'run.finished',
  actor: { kind: 'run', id: `run-${index}` },
  subject: { kind: 'run', id: `run-${index}` },
  details: { state: 'succeeded', index },
}) as const; // prettier-ignore

describe('the audit log', () => {
  test('chains its entries from the first on and verifies them', async () => {
    await using registry = openRegistry();
    for (let index = 0; index < 3; index += 1) await registry.audit.record(entry(index));
    const { items } = await registry.audit.list({}, { limit: 10 });
    expect(items.map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
    expect(items[2]).toMatchObject({
      previousHash: chainStart,
      action: 'run.finished',
      at: '2026-01-01T00:00:00.000Z',
      details: { index: 0 },
    });
    expect(items[0]!.previousHash).toBe(items[1]!.hash);
    expect(await verifyAudit(registry.documents)).toEqual({ entries: 3, head: items[0]!.hash });
  });

  test('is worth another try where other processes took each next place of the chain', async () => {
    await using registry = openRegistry();
    vi.spyOn(registry.documents, 'commit').mockRejectedValue(new DocumentConflict('unique', 0, auditDefinition.name));
    await expect(registry.audit.commit([], entry(0))).rejects.toMatchObject({
      code: 'storage-busy',
      message: 'Other writes were in the way. Nothing was done.',
    });
  });

  test('never says that nothing was done where an entry follows what was done', async () => {
    await using registry = openRegistry();
    vi.spyOn(registry.documents, 'commit').mockRejectedValue(new DocumentConflict('unique', 0, auditDefinition.name));
    await expect(registry.audit.record(entry(0))).rejects.toMatchObject({
      code: 'storage-unreachable',
      message: 'The outcome is unknown: the audit log may lack the entry of what was done.',
    });
  });

  test('commits entries that come together together', async () => {
    await using registry = openRegistry();
    const commit = vi.spyOn(registry.documents, 'commit');
    await Promise.all(Array.from({ length: 100 }, (_, index) => registry.audit.record(entry(index))));
    expect(commit.mock.calls.length).toBeLessThanOrEqual(3);
    expect(await verifyAudit(registry.documents)).toEqual({ entries: 100, head: expect.any(String) });
  });

  test('keeps one chain when two logs write at once, as two processes would', async () => {
    await using registry = openRegistry();
    const other = new AuditLog(registry);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? other : registry.audit).record(entry(index))),
    );
    expect(await verifyAudit(registry.documents)).toEqual({ entries: 40, head: expect.any(String) });
  });

  test('stores a change and its entry together or neither', async () => {
    await using registry = openRegistry();
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    const remove = (): Promise<void> => registry.passing(registry.appRemoval.remove(app.id, adminId, 'keep'));
    await Promise.allSettled([remove(), remove()]);
    const { items } = await registry.audit.list({ subjectId: app.id }, { limit: 10 });
    expect(items.map(({ action }) => action)).toEqual(['app.deleted', 'app.deletion-begun', 'app.created']);
  });

  test('is filtered by action, actor, subject and time, and paged', async () => {
    await using registry = openRegistry();
    for (let index = 0; index < 5; index += 1) {
      await registry.audit.record(entry(index));
      await registry.clock.advance(1000);
    }
    const now = registry.clock.now();
    expect((await registry.audit.list({ actor: 'run-2' }, { limit: 10 })).items).toHaveLength(1);
    expect((await registry.audit.list({ action: 'other' }, { limit: 10 })).items).toHaveLength(0);
    expect(
      (await registry.audit.list({ from: now - 2000, to: now - 1000 }, { limit: 10 })).items.map(
        ({ sequence }) => sequence,
      ),
    ).toEqual([4]);
    const first = await registry.audit.list({}, { limit: 2, count: true });
    const second = await registry.audit.list({}, { limit: 3, after: first.next });
    expect([...first.items, ...second.items].map(({ sequence }) => sequence)).toEqual([5, 4, 3, 2, 1]);
    expect([first.count, second.next]).toEqual([5, null]);
    await expect(async () => registry.audit.list({}, { limit: 2, after: { mad: true } })).rejects.toMatchObject({
      status: 422,
    });
  });

  test('finds what the owner did, and what the keep did by itself, whatever part of it', async () => {
    await using registry = openRegistry();
    const subject = { kind: 'view-instance', id: 'one' };
    for (const actor of [
      { kind: 'admin', id: adminId },
      { kind: 'keep', id: 'view-manager' },
      { kind: 'keep', id: 'reconciler' },
    ] as const)
      await registry.audit.record({ action: 'view-instance.deleted', actor, subject });
    const idsOf = async (actor: string): Promise<readonly string[]> =>
      (await registry.audit.list({ actor }, { limit: 10 })).items.map((item) => item.actor.id);
    expect(await idsOf('keep')).toEqual(['reconciler', 'view-manager']);
    expect(await idsOf('admin')).toEqual([adminId]);
    expect(await idsOf('reconciler')).toEqual(['reconciler']);
  });

  test.each([
    ['changed', "UPDATE audit SET action = 'nothing.happened' WHERE sequence = 2", 1, 'changed'],
    ['given a time that is none', 'UPDATE audit SET at = 1e300 WHERE sequence = 2', 1, 'changed'],
    ['given another hash', "UPDATE audit SET hash = '00' WHERE sequence = 1", 0, 'changed'],
    ['taken out', 'DELETE FROM audit WHERE sequence = 2', 1, 'missing'],
    ['taken from the beginning', 'DELETE FROM audit WHERE sequence < 3', 0, 'missing'],
    ['put in another place', 'UPDATE audit SET sequence = 9 WHERE sequence = 1', 0, 'missing'],
    ['put in before the first', 'UPDATE audit SET sequence = -1 WHERE sequence = 3', 0, 'unlinked'],
    ['linked to another one', "UPDATE audit SET previousHash = '00' WHERE sequence = 3", 2, 'unlinked'],
  ])('tells where an entry was %s behind its back', async (_how, sql, entries, broken) => {
    const registry = openRegistry();
    for (let index = 0; index < 3; index += 1) await registry.audit.record(entry(index));
    await registry.close();
    const database = new DatabaseSync(join(registry.folder, 'registry.sqlite'));
    database.exec(sql);
    database.close();
    await using again = openRegistry(registry.folder);
    const verdict = await verifyAudit(again.documents);
    expect(verdict).toMatchObject({ entries, broken });
    if (sql.includes('1e300')) return; // Which the admin cannot be given.
    const { items } = await again.audit.list({}, { limit: 10 });
    expect(await verifyAuditBackwards(Readable.from(items) as AsyncIterable<AuditRecord>)).toEqual(verdict);
  });

  test('of several pages is followed to its newest entry', async () => {
    await using registry = openRegistry();
    await Promise.all(Array.from({ length: 2001 }, (_, index) => registry.audit.record(entry(index))));
    expect(await verifyAudit(registry.documents)).toMatchObject({ entries: 2001 });
  });

  test('has an entry for every admin act, permission change and association', async () => {
    await using registry = openRegistry();
    await registry.admins.createFirstAdmin('admin', 'correct horse battery staple');
    await registry.admins.signIn({ name: 'admin', password: 'correct horse battery staple', address: '192.0.2.1' });
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    await registry.apps.patch(app.id, { name: 'Walks 2' }, adminId);
    const { associationToken } = await registry.apps.associations.createToken(app.id, {}, adminId);
    await registry.apps.associations.associate({ associationToken, name: 'x' });
    await registry.profiles.register('walk', { type: 'object' }, app.id);
    const request = { profile: 'walk', rights: ['read'], message: 'x' } as const;
    const { id } = (await registry.permissions.request(app.id, request)).permission;
    await registry.permissions.decisions.approve(id, adminId);
    await registry.permissions.decisions.revoke(id, adminId);
    await registry.permissions.decisions.deny(id, adminId);
    await registry.apps.revokeToken(app.id, adminId);
    await registry.passing(registry.appRemoval.remove(app.id, adminId, 'keep'));
    const { items } = await registry.audit.list({}, { limit: 50 });
    expect(items.map(({ action }) => action).toReversed()).toEqual([
      'admin.created', 'session.started', 'app.created', 'app.changed', 'association-token.created', 'association.used',
      'profile.registered',
      'permission.requested', 'permission.approved', 'permission.revoked', 'permission.denied', 'app-token.revoked',
      'app.deletion-begun', 'profile.deleted',
      'app.deleted',
    ]); // prettier-ignore
    expect(await verifyAudit(registry.documents)).not.toHaveProperty('broken');
  });
});

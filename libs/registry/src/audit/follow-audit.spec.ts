import { describe, expect, it, vi } from 'vitest';
import { openRegistry } from '../testing/registry-bench.ts';
import { AuditLog } from './audit-log.ts';
import { followAudit } from './follow-audit.ts';

const entry = (id: string) =>
  ({
    action: 'app.created',
    actor: { kind: 'admin', id: 'owner' },
    subject: { kind: 'app', id },
  }) as const;

describe('following the audit log', () => {
  it('begins with what is recorded from then on', async () => {
    await using registry = openRegistry();
    await registry.audit.record(entry('before'));
    const followed = followAudit(registry.audit, registry.clock, undefined, new AbortController().signal);
    let arrived: string | undefined;
    void followed.next().then(({ value }) => (arrived = value?.records[0]?.subject.id));
    await vi.waitFor(async () => {
      await registry.audit.record(entry('after'));
      expect(arrived).toBe('after');
    });
    await followed.return(undefined);
  });

  it("ends with the signal's reason", async () => {
    await using registry = openRegistry();
    const stop = new AbortController();
    const waiting = followAudit(registry.audit, registry.clock, 0, stop.signal).next();
    stop.abort(new Error('the client went away'));
    await expect(waiting).rejects.toThrow('the client went away');
  });

  it('resumes after a sequence without skipping any', async () => {
    await using registry = openRegistry();
    for (const id of ['a', 'b', 'c']) await registry.audit.record(entry(id));
    const followed = followAudit(registry.audit, registry.clock, 1, new AbortController().signal);
    const { value } = await followed.next();
    expect(value?.records.map(({ subject }) => subject.id)).toEqual(['b', 'c']);
    expect(value?.sequence).toBe(3);
    await followed.return(undefined);
  });

  it('finds within a second what another process recorded', async () => {
    await using registry = openRegistry();
    const followed = followAudit(registry.audit, registry.clock, 0, new AbortController().signal);
    const next = followed.next();
    await new AuditLog(registry).record(entry('elsewhere'));
    let arrived: string | undefined;
    void next.then(({ value }) => (arrived = value?.records[0]?.subject.id));
    await vi.waitFor(() => {
      registry.clock.advance(1000);
      expect(arrived).toBe('elsewhere');
    });
    await followed.return(undefined);
  });
});

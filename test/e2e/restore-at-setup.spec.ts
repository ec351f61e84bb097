import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { backupPassphrase, datakeep } from '../support/datakeep-command.ts';
import { AdminClient, AppClient, KeepClient } from '../support/keep-client.ts';
import { walk, walkingApp, walkProfile } from '../support/keep-in-process.ts';
import { KeepProcess, withoutViews } from '../support/keep-process.ts';

const password = 'a password for tests only';
/** The passphrase is stretched for it, and the keep starts anew. */
const patient = { timeout: 120_000 };

describe('a backup on the set-up page of an empty keep', () => {
  let place: string;
  let backup: Buffer;
  let app: AppClient;
  let empty: KeepProcess;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'datakeep-restore-'));
    const keep = await KeepProcess.start({
      dataDir: join(place, 'former'),
      env: { ADMIN_PASSWORD: password, ...withoutViews },
    });
    try {
      app = await walkingApp(await AdminClient.signIn(keep.url, 'admin', password));
      await app.sendEvents([walk(1), walk(2), walk(3)]);
      const file = join(place, 'keep.age');
      expect(await datakeep(keep.dataDir, ['backup', '--to', file])).toMatchObject({ code: 0 });
      backup = readFileSync(file);
    } finally {
      await keep.stop();
    }
  });
  afterEach(() => empty.dispose());
  afterAll(() => rmSync(place, { recursive: true }));

  const start = async (): Promise<{ setupToken: string; client: KeepClient }> => {
    empty = await KeepProcess.start({ env: { ADMIN_PASSWORD: '', ...withoutViews } });
    return { setupToken: /\/setup#token=(\S+)/.exec(empty.output)![1]!, client: new KeepClient(empty.url) };
  };
  const upload = (setupToken: string, body: Uint8Array<ArrayBuffer>): Promise<Response> =>
    fetch(`${empty.url}/admin/v1/setup/backup`, {
      method: 'PUT',
      headers: { 'setup-token': setupToken, 'content-type': 'application/octet-stream' },
      body,
    });
  const moved = ({ token, appId }: AppClient): AppClient => new AppClient(empty.url, token!, appId);
  const restore = (client: KeepClient, body: object): ReturnType<KeepClient['send']> =>
    client.send('POST', '/admin/v1/setup/restore', { body });

  it('is put in its place, on the same port, with every event, record and token', async () => {
    const { setupToken, client } = await start();
    const uploaded = await upload(setupToken, new Uint8Array(backup));
    expect([uploaded.status, await uploaded.json()]).toEqual([200, { bytes: backup.length }]);
    expect(await restore(client, { setupToken, passphrase: backupPassphrase })).toMatchObject({
      status: 202,
      body: { events: 3, records: expect.any(Number), createdDate: expect.stringMatching(/^2\d{3}-/) },
    });

    const admin = await vi.waitFor(() => AdminClient.signIn(empty.url, 'admin', password), patient);
    expect(await admin.ask('GET', '/admin/v1/system')).toMatchObject({ storage: { events: 3 } });
    const { items } = await moved(app).ask<{ items: object[] }>('POST', '/app/v1/events/query', {
      body: { profile: walkProfile },
    });
    expect(items).toHaveLength(3);
    expect((await restore(client, { setupToken, passphrase: backupPassphrase })).status).toBe(401);
    const left = readdirSync(empty.dataDir);
    expect(left.filter((name) => name.startsWith('before-restore-'))).toHaveLength(1);
    expect(left).not.toContain('.restoring');
    expect(readdirSync(join(empty.dataDir, 'backups'))).toEqual([]);
  });

  it('voids every token of apps where that is asked for', async () => {
    const { setupToken, client } = await start();
    await upload(setupToken, new Uint8Array(backup));
    const asked = await restore(client, { setupToken, passphrase: backupPassphrase, voidTokens: true });
    expect(asked.status).toBe(202);
    await vi.waitFor(() => AdminClient.signIn(empty.url, 'admin', password), patient);
    expect((await moved(app).send('GET', '/app/v1/me')).status).toBe(401);
  });

  it('changes nothing when it is damaged, or the passphrase is another', async () => {
    const { setupToken, client } = await start();
    expect((await restore(client, { setupToken, passphrase: backupPassphrase })).status).toBe(404);
    await upload(setupToken, new Uint8Array(backup));
    expect(await restore(client, { setupToken, passphrase: 'another passphrase' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/passphrase', code: 'wrong-passphrase' }] },
    });
    const damaged = new Uint8Array(backup);
    damaged[backup.length - 100]! ^= 1;
    await upload(setupToken, damaged);
    expect(await restore(client, { setupToken, passphrase: backupPassphrase })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '', code: 'unusable-backup', detail: expect.stringContaining('damaged') }] },
    });
    expect(readdirSync(empty.dataDir)).not.toContain('.restoring');
    const made = await client.send('POST', '/admin/v1/setup', { body: { setupToken, name: 'admin', password } });
    expect(made.status).toBe(201);
    // The keep has its admin now.
    expect((await upload(setupToken, new Uint8Array(backup))).status).toBe(410);
  });

  it('is taken from the holder of the setup token alone', async () => {
    await start();
    expect((await upload('wrong', new Uint8Array(backup))).status).toBe(401);
    expect(existsSync(join(empty.dataDir, 'backups'))).toBe(false);
  });

  it('is refused while another is uploaded, and cleared by the next start', async () => {
    const { setupToken } = await start();
    let end = (): void => undefined;
    const slow = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new Uint8Array(backup.subarray(0, 1000)));
        end = () => controller.close();
      },
    });
    const first = fetch(`${empty.url}/admin/v1/setup/backup`, {
      method: 'PUT',
      headers: { 'setup-token': setupToken, 'content-type': 'application/octet-stream' },
      body: slow,
      duplex: 'half',
    } as RequestInit);
    const parts = (): string[] => readdirSync(join(empty.dataDir, 'backups'));
    await vi.waitFor(() => expect(parts()).toEqual(['.upload.part']));
    expect((await upload(setupToken, new Uint8Array(backup))).status).toBe(409);
    end();
    expect((await first).status).toBe(200);
    expect(parts()).toEqual(['.upload']);
    const { dataDir } = empty;
    await empty.stop();
    const again = await KeepProcess.start({ dataDir, env: { ADMIN_PASSWORD: '', ...withoutViews } });
    try {
      expect(parts()).toEqual([]);
    } finally {
      await again.stop();
    }
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { expect } from 'vitest';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { startKeep } from '../../../apps/standalone/src/bootstrap.ts';
import { SoftwareAuthenticator } from '@datakeep/registry/testing';
import { KeepClient } from '../keep-client.ts';
import { breachesOf } from './breaches.ts';
import { ApiDocument, type DocumentName, type DocumentObject } from './api-document.ts';
import type { Fill } from './prefilled.ts';

interface Change {
  readonly id?: string;
  readonly version?: string;
  /** Takes the place of members of the body. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Sent instead of the body that is filled in. */
  readonly lines?: string;
  readonly query?: string;
  readonly status?: number;
}

/** The members of answers that the story uses later. */
interface Body {
  readonly id: string;
  readonly name: string;
  readonly token: string;
  readonly associationToken: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  readonly challenge: string;
  readonly current: { readonly kid: string };
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
  readonly items: readonly { readonly id: string }[];
  readonly groups: readonly unknown[];
  readonly events: readonly { readonly id: string }[];
  readonly permissions: readonly { readonly id: string }[];
}
const none: Body = {
  id: '',
  name: '',
  token: '',
  associationToken: '',
  secret: '',
  recoveryCodes: [],
  challenge: '',
  current: { kid: '' },
  rp: { id: '' },
  user: { id: '' },
  items: [],
  groups: [],
  events: [],
  permissions: [],
};

type Press = (name: DocumentName, id: string, change?: Change) => Promise<Body>;

/**
 * Every operation of both documents, one after the other, on a keep that is set up by them: each is sent as it is
 * filled in, but for ids and secrets. Fails where an answer is not a success, or not what the document says of it.
 * Resolves with the operations that it left out. `withBreaches`: before each body, everything that breaches of it makes
 * and the document forbids; fails where one is not refused with a 4xx.
 */
export async function playStory(fill: Fill, { withBreaches = false } = {}): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'datakeep-test-'));
  const keep = await startKeep({
    config: { ...readConfig({}), port: 0, publicUrl, dataDir, rateLimits: 'off', allowUnconfinedViews: true },
    logger: createLogger('error', { write: () => undefined }),
    clock: new SystemClock(),
    selfTest: false,
  });
  try {
    const client = new KeepClient(keep.url);
    const documents = {
      app: new ApiDocument(await client.ask<DocumentObject>('GET', '/openapi/app.json')),
      admin: new ApiDocument(await client.ask<DocumentObject>('GET', '/openapi/admin.json')),
    };
    const pressed = new Set<string>();
    const tokens: Record<DocumentName, string> = { app: '', admin: '' };
    const press: Press = async (name, id, { id: resource = '', version = '', body, lines, query, status } = {}) => {
      const document = documents[name];
      const operation = document.operation(id);
      pressed.add(`${name} ${id}`);
      const filled = fill(name, operation, document);
      const path = operation.path
        .replace('{id}', resource)
        .replace('{version}', version)
        .replace('{name}', encodeURIComponent(resource));
      const type = lines === undefined ? filled.headers['content-type'] : 'application/x-ndjson';
      const sent =
        lines ?? (body && JSON.stringify({ ...(JSON.parse(filled.body ?? '{}') as object), ...body })) ?? filled.body;
      const what = `${operation.method} ${path}`;
      const send = (text: string | undefined): Promise<Response> =>
        fetch(`${keep.url}${path}${query ?? filled.query}`, {
          method: operation.method,
          headers: {
            ...filled.headers,
            ...(type === undefined || text === undefined ? {} : { 'content-type': type }),
            ...(operation.security.length === 0 ? {} : { authorization: `Bearer ${tokens[name]}` }),
          },
          ...(text === undefined ? {} : { body: text }),
        });
      if (type === 'application/json' && sent !== undefined) {
        const whole = JSON.parse(sent) as object;
        expect(document.faultsOfBody(id, type, whole), `the body of ${what}`).toEqual([]);
        const withAll = { ...document.membersOfBody(id), ...whole };
        for (const { place, made } of withBreaches ? breachesOf(withAll) : []) {
          if (document.faultsOfBody(id, type, made).length === 0) continue;
          const refused = await send(JSON.stringify(made));
          const said = `${what} with ${place}: ${refused.status} ${await refused.text()}`;
          expect(Math.floor(refused.status / 100), said).toBe(4);
        }
      }
      const response = await send(sent);
      const text = await response.text();
      if (status === undefined) expect(response.status, `${what}: ${text}`).toBeLessThan(300);
      else expect(response.status, `${what}: ${text}`).toBe(status);
      const media = response.headers.get('content-type')?.split(';')[0] ?? '';
      expect(document.faultsOfAnswer(id, response.status, media, text), `the answer of ${what}: ${text}`).toEqual([]);
      return media === 'application/json' ? (JSON.parse(text) as Body) : none;
    };
    await story(press, tokens, keep.setupUrl!.split('#token=')[1]!);
    const all = (['app', 'admin'] as const).flatMap((name) =>
      [...documents[name].operations.keys()].map((id) => `${name} ${id}`),
    );
    return all.filter((operation) => !pressed.has(operation));
  } finally {
    await keep.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const password = 'a password for tests only';
const publicUrl = 'https://keep.example.org';

async function story(press: Press, tokens: Record<DocumentName, string>, setupToken: string): Promise<void> {
  await press('admin', 'setUpAdmin', { body: { setupToken, password } });
  // What is restored is in restore-at-setup.spec.ts: it ends the keep.
  await press('admin', 'uploadBackup', { status: 401 });
  await press('admin', 'restoreAtSetup', { body: { setupToken, passphrase: 'a passphrase of tests' }, status: 410 });
  tokens.admin = (await press('admin', 'signIn', { body: { password } })).token;
  const holder = await press('admin', 'createApp');
  await press('admin', 'updateApp', { id: holder.id });
  const { associationToken } = await press('admin', 'createAssociationToken', { id: holder.id });
  tokens.app = (await press('app', 'associate', { body: { associationToken } })).token;
  tokens.app = (await press('app', 'renewToken')).token;
  await press('admin', 'getApp', { id: holder.id });
  await press('admin', 'getAppLimits', { id: holder.id });
  await press('admin', 'setAppLimits', { id: holder.id });
  await press('admin', 'listApps');

  const { name: profile } = await press('app', 'registerProfile');
  await press('admin', 'registerProfile');
  await press('app', 'listProfileLibrary');
  for (const who of ['app', 'admin'] as const) {
    await press(who, 'getProfile', { id: profile });
    await press(who, 'listProfiles');
  }
  const { id: permission } = await press('app', 'requestPermission');
  await press('admin', 'approvePermission', { id: permission });
  const { id: second } = await press('app', 'requestPermission');
  await press('admin', 'denyPermission', { id: second });
  const { id: third } = await press('app', 'requestPermission');
  await press('admin', 'approvePermission', { id: third, body: { rights: ['read'] } });
  await press('admin', 'revokePermission', { id: third });
  const { id: fourth } = await press('app', 'requestPermission');
  await press('app', 'requestPermission', { status: 200 });
  await press('app', 'giveUpPermission', { id: fourth });
  for (const who of ['app', 'admin'] as const) {
    await press(who, 'getPermission', { id: permission });
    await press(who, 'listPermissions');
  }

  const { events } = await press('app', 'createEvents');
  expect(events).toHaveLength(2);
  const again = { metadata: { profile, identifier: 'walk-3' }, payload: { activity: 'walking', distance: 1 } };
  await press('app', 'createEvents', { lines: `${JSON.stringify(again)}\n` });
  await press('app', 'createEvents', { lines: '{"metadata":{},"payload":{}}\n', status: 422 });
  const [event, other] = events;
  await press('app', 'listEvents');
  await press('app', 'listChanges');
  await press('app', 'modifyEvent', { id: event!.id });
  await press('admin', 'modifyEvent', { id: other!.id });
  for (const who of ['app', 'admin'] as const) {
    expect((await press(who, 'queryEvents')).items.length).toBeGreaterThan(0);
    expect((await press(who, 'aggregateEvents')).groups.length).toBeGreaterThan(0);
    await press(who, 'getEvent', { id: event!.id });
  }
  await press('admin', 'queryEvents', { query: '?count=true&explain=true' });
  await press('admin', 'exportEvents');
  await press('admin', 'importEvents');

  await press('admin', 'dryRunViewTemplate');
  const { id: viewTemplateId } = await press('admin', 'createViewTemplate');
  await press('admin', 'getViewTemplate', { id: viewTemplateId });
  const instance = await press('app', 'createViewInstance', { body: { viewTemplateId } });
  await press('app', 'startRun', { id: instance.id, status: 409 });
  await press('admin', 'approvePermission', { id: instance.permissions[0]!.id });
  const run = await press('app', 'startRun', { id: instance.id });
  expect(run).toMatchObject({ state: 'succeeded', result: { walks: 4, label: 'spring' } });
  for (const who of ['app', 'admin'] as const) {
    await press(who, 'listViewTemplates');
    await press(who, 'listViewInstances');
    await press(who, 'getViewInstance', { id: instance.id });
    await press(who, 'listRuns');
    await press(who, 'getRun', { id: run.id });
    await press(who, 'cancelRun', { id: run.id, status: 409 });
  }
  await press('admin', 'createViewTemplateVersion', { id: viewTemplateId });
  await press('admin', 'listViewTemplateVersions', { id: viewTemplateId });
  await press('admin', 'getViewTemplateVersion', { id: viewTemplateId, version: '2' });
  await press('app', 'getMe');

  await press('admin', 'listRuntimes');
  await press('admin', 'listIndexes');
  await press('admin', 'getIndexPolicy');
  await press('admin', 'setIndexPolicy');
  for (const act of ['approveIndex', 'rejectIndex', 'dropIndex', 'keepIndex', 'rebuildIndex'])
    await press('admin', act, { id: event!.id, status: 404 });
  await press('admin', 'getSystem');
  expect((await press('admin', 'listAuditEntries')).items.length).toBeGreaterThan(0);

  await press('app', 'deleteViewInstance', { id: instance.id });
  await press('admin', 'deleteViewInstance', { id: instance.id, status: 404 });
  await press('admin', 'deleteViewTemplate', { id: viewTemplateId });
  await press('admin', 'deleteProfile', { id: profile, status: 409 });
  await press('app', 'deleteEvent', { id: event!.id });
  await press('admin', 'deleteEvent', { id: other!.id });
  await press('admin', 'revokeAppTokens', { id: holder.id });
  await press('admin', 'deleteApp', { id: holder.id });
  const { items } = await press('admin', 'listSessions');
  await press('admin', 'endSession', { id: items[0]!.id });
  tokens.admin = (await press('admin', 'signIn', { body: { password } })).token;
  await secondFactor(press);
  await passkeys(press);
  const { current } = await press('admin', 'getKeys');
  await press('admin', 'rotateKey', { body: { kid: current.kid } });
  await backups(press);
  await press('admin', 'changePassword', { body: { current: password, new: `${password}, changed` } });
  tokens.admin = (await press('admin', 'signIn', { body: { password: `${password}, changed` } })).token;
  await press('admin', 'signOut');
}

async function secondFactor(press: Press): Promise<void> {
  await press('admin', 'getSecondFactor');
  const { secret } = await press('admin', 'beginSecondFactor', { body: { password } });
  const code = new TOTP({ secret }).generate();
  const { recoveryCodes } = await press('admin', 'confirmSecondFactor', { body: { code } });
  const renewed = await press('admin', 'renewRecoveryCodes', { body: { password, code: recoveryCodes[0] } });
  await press('admin', 'disableSecondFactor', { body: { password, code: renewed.recoveryCodes[0] } });
}

async function passkeys(press: Press): Promise<void> {
  await press('admin', 'getPasskeyPlace');
  const authenticator = new SoftwareAuthenticator(publicUrl);
  const credential = authenticator.create(await press('admin', 'beginPasskey', { body: { password } }));
  const { id } = await press('admin', 'addPasskey', { body: { credential } });
  await press('admin', 'renamePasskey', { id });
  await press('admin', 'listPasskeys');
  const assertion = authenticator.get(await press('admin', 'beginPasskeySignIn'));
  await press('admin', 'signInWithPasskey', { body: { credential: assertion } });
  await press('admin', 'confirmSession', { body: { password } });
  await press('admin', 'removePasskey', { id, body: { password } });
}

/** What is made and downloaded is in backups.spec.ts: threads of a keep in this process have no aliases. */
async function backups(press: Press): Promise<void> {
  await press('admin', 'makeBackup', { body: { password, passphrase: 'a passphrase of tests' } });
  await press('admin', 'listBackups');
  await press('admin', 'setBackupSchedule', { body: { password, passphrase: 'a passphrase of tests' } });
  await press('admin', 'getBackupSchedule');
  await press('admin', 'deleteBackupSchedule');
  await press('admin', 'downloadBackup', { id: 'none', status: 404 });
  await press('admin', 'deleteBackup', { id: 'none', status: 404 });
}

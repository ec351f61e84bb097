import { SoftwareAuthenticator } from '@datakeep/registry/testing';
import { AdminClient, type AppClient } from './keep-client.ts';
import {
  adminPassword,
  type KeepUnderTest,
  keepUnderTest,
  permittedInstance,
  sumView,
  walk,
  walkingApp,
} from './keep-in-process.ts';

/** A keep that was used for all that it has records of, and then stopped. */
export interface FullKeep {
  /** The app with events, a view instance and runs, one of which has not begun. */
  readonly app: AppClient;
  readonly instance: string;
  readonly waitingRun: string;
  /** The places that a follower of its changes had: amid its first walk, and at the end. */
  readonly places: readonly string[];
  readonly passkey: SoftwareAuthenticator;
  /** Its port, which the origin of the passkey has in it. */
  readonly port: number;
}

const anyVersion = { 'if-match': '*' };

/** Fills a keep on `dataDir`: events of two apps, with identifiers, later versions and deleted ones among them. */
export async function fillKeep(dataDir: string): Promise<FullKeep> {
  const first = await keepUnderTest({ dataDir });
  const port = Number(new URL(first.url).port);
  const { admin } = first;
  const app = await walkingApp(admin);
  const sent = await app.sendEvents([
    walk(1, { identifier: 'one' }),
    walk(2),
    walk(3, { identifier: 'three' }),
    walk(4),
  ]);
  const [, second, , fourth] = sent.events!;
  await app.ask('PUT', `/app/v1/events/${second!.id}`, {
    body: { payload: { activity: 'running', distance: 22 } },
    headers: anyVersion,
  });
  await app.ask('DELETE', `/app/v1/events/${fourth!.id}`, { headers: anyVersion });
  const other = await walkingApp(admin, 'Others');
  await other.sendEvents(Array.from({ length: 50 }, (_, index) => walk(index, { identifier: `walk ${index}` })));
  const denied = await other.requestPermission('walks.example/walk', ['delete'], 'Please');
  await admin.deny(denied.id, 'No need');
  await admin.makeAssociationToken((await admin.makeAppHolder('Nobody yet')).id);
  const instance = await permittedInstance(admin, app, sumView);
  await app.run(instance, { text: 'ß \u{1f6b6}' });
  await admin.ask('POST', '/admin/v1/second-factor/totp', { body: { password: adminPassword } });
  const passkey = await addPasskey(first);
  const changes = await app.ask<{ next: string }>('GET', '/app/v1/events/changes?limit=2');
  const place = changes.next;
  let end = place;
  for (let items = 1; items > 0;) {
    const page = await app.ask<{ next: string; items: unknown[] }>('GET', `/app/v1/events/changes?since=${end}`);
    end = page.next;
    items = page.items.length;
  }
  await first.stop();

  const idle = await keepUnderTest({ dataDir, executesRuns: false, config: { port } });
  const waiting = await app.run(instance, { waits: true }, 0);
  await idle.stop();
  return { app, instance, waitingRun: waiting.id, places: [place, end], passkey, port };
}

async function addPasskey({ url }: KeepUnderTest): Promise<SoftwareAuthenticator> {
  const local = url.replace('127.0.0.1', 'localhost');
  const admin = await AdminClient.signIn(local, 'admin', adminPassword);
  const authenticator = new SoftwareAuthenticator(local);
  const body = { password: adminPassword };
  const options = await admin.ask<Parameters<SoftwareAuthenticator['create']>[0]>(
    'POST',
    '/admin/v1/passkeys/options',
    { body },
  );
  await admin.ask('POST', '/admin/v1/passkeys', {
    body: { name: 'Laptop', credential: authenticator.create(options) },
  });
  return authenticator;
}

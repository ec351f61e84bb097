import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig, SystemClock } from '@datakeep/kernel';
import { readServiceTls } from '@datakeep/service-host';
import { bindService, createRpcClient, rpcService, type ServiceTls } from '@datakeep/transport';
import { HeldNotes, notesService } from '../support/transport/notes-service.ts';
import { RawPeer } from '../support/transport/raw-peer.ts';
import { recordingLogger, serve, type ServedServices } from '../support/transport/served-services.ts';

const folder = join(import.meta.dirname, '../support/transport/tls');
/** A self-signed certificate for 127.0.0.1 and its key, and one of somebody else; valid until 2126. */
const [certificate, key, stranger] = ['service.pem', 'service-key.pem', 'stranger.pem'].map((file) =>
  join(folder, file),
) as [string, string, string];
const secret = 's'.repeat(43);
const clock = new SystemClock();

const tlsOf = (variables: Record<string, string>): ServiceTls | undefined => readServiceTls(readConfig(variables));

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(notes = new HeldNotes()): Promise<ServedServices> {
  const tls = tlsOf({ SERVICE_TLS_CERT: certificate, SERVICE_TLS_KEY: key });
  const services = await serve([bindService(notesService, { useValue: notes })], { secret, tls });
  closers.push(() => services.close());
  return services;
}

function client(server: ServedServices, tls: ServiceTls | undefined) {
  const { logger, logged } = recordingLogger();
  const made = createRpcClient(notesService, { servers: [server], secret, tls, clock, logger });
  closers.push(() => made.control.close());
  return { ...made, logged };
}

describe('services with SERVICE_TLS_*', () => {
  it('speak TLS 1.3 with each other, small messages and large ones', async () => {
    const { port } = client(await served(), tlsOf({ SERVICE_TLS_CA: certificate }));
    const text = `{"a":"\\"${'é😀'.repeat(200_000)}"}`;
    expect(await port.page(text)).toEqual({ text, length: text.length });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => port.echo(n)));
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('are unreachable for a client that does not trust their certificate, and the log says why', async () => {
    const notes = new HeldNotes();
    const { port, logged } = client(await served(notes), tlsOf({ SERVICE_TLS_CA: stranger }));
    await expect(port.add('x')).rejects.toMatchObject({ code: 'storage-unreachable' });
    expect(logged.filter((line) => /certificate/.test(line))).not.toEqual([]);
    expect(notes.started).toEqual([]);
  });

  it('answer nothing to a peer that speaks plain TCP, and serve the others on', async () => {
    const services = await served();
    const peer = await RawPeer.connect(services.port);
    peer.hello({ version: 6, secret, requestId: 'r', sentAt: 0, budgetMs: 5000 });
    await peer.closed;
    expect(peer.answers()).toEqual([]);
    const { port } = client(services, tlsOf({ SERVICE_TLS_CA: certificate }));
    expect(await port.add('x')).toBe('notes');
  });

  it('do not start without a certificate and its key, and name the variables', () => {
    const { logger } = recordingLogger();
    for (const variables of [{ SERVICE_TLS_CERT: certificate }, { SERVICE_TLS_CA: certificate }])
      expect(() =>
        rpcService({ host: '127.0.0.1', port: 0, secret, tls: tlsOf(variables), clock, logger, services: [] }),
      ).toThrow(/SERVICE_TLS_CERT and SERVICE_TLS_KEY/);
  });

  it('do not start with a file that cannot be read, and name its variable', () => {
    expect(() => tlsOf({ SERVICE_TLS_CA: join(folder, 'absent.pem') })).toThrow(/SERVICE_TLS_CA: .*absent\.pem/);
    expect(tlsOf({})).toBeUndefined();
  });
});

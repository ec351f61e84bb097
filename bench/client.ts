import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Datakeep, type NewEvent } from '../clients/typescript/src/index.ts';
import { sqliteOutbox } from '../clients/typescript/src/outbox/sqlite-outbox.ts';
import { AdminClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';
import { benchEvent, benchSchema } from './events.ts';
import { figure, printTable } from './table.ts';

const profile = 'bench/client';
const batch = 1000;

/** clients/typescript beside plain fetch, in turns: events a second of each way in, and of reading page by page. */
export async function benchClient(events: number, rounds: number): Promise<void> {
  const keep = await KeepProcess.start({ patienceMs: 60_000 });
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-bench-client-'));
  try {
    const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    const app = await admin.connectApp('Benchmark');
    await app.registerProfile(profile, benchSchema);
    await admin.grant(app, profile, ['read', 'create'], 'To be measured');
    const store = sqliteOutbox(join(folder, 'outbox.sqlite'));
    const client = Datakeep.connect({ url: keep.url, token: app.token, outbox: { store, limit: 10 * events } });
    const body = async (path: string, json: unknown): Promise<unknown> => {
      const response = await fetch(keep.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json', prefer: 'return=minimal' },
        body: JSON.stringify(json),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    const query = { profile, limit: 500 };
    const ways: Readonly<Record<string, () => Promise<void>>> = {
      'batches of 1,000 by fetch': async () => {
        for (let first = 0; first < events; first += batch) {
          const list = Array.from({ length: Math.min(batch, events - first) }, (_, index) => {
            const { metadata, payload } = benchEvent(profile, first + index);
            return { metadata: { ...metadata, identifier: randomUUID() }, payload };
          });
          await body('/app/v1/events', { events: list });
        }
      },
      'the outbox, in SQLite': async () => {
        for (let first = 0; first < events; first += batch)
          await Promise.all(sent(first, Math.min(batch, events - first)).map((event) => client.outbox.add(event)));
        await client.outbox.flush();
      },
      'events.ingest': async () => {
        await client.events.ingest(sent(0, events));
      },
      'pages of 500 by fetch': async () => {
        for (let cursor: unknown = null, left = events; left > 0; left -= 500) {
          const page = (await body('/app/v1/events/query', { ...query, cursor })) as { nextCursor: unknown };
          cursor = page.nextCursor;
        }
      },
      'events.query, for await': async () => {
        for await (const _ of client.events.query({ profile, limit: events }));
      },
    };
    const seconds = new Map(Object.keys(ways).map((name) => [name, 0]));
    for (let round = 0; round < rounds; round += 1)
      for (const [name, run] of Object.entries(ways)) {
        const begun = performance.now();
        await run();
        seconds.set(name, seconds.get(name)! + (performance.now() - begun) / 1000);
      }
    const rate = (name: string): number => (events * rounds) / seconds.get(name)!;
    const beside = (name: string): string => (name.startsWith('pages') || name.endsWith('await') ? 'pages' : 'batches');
    const plain = { batches: rate('batches of 1,000 by fetch'), pages: rate('pages of 500 by fetch') };
    printTable(
      ['clients/typescript', 'events /s', ': fetch'],
      Object.keys(ways).map((name) => [
        name,
        figure(rate(name)),
        figure(rate(name) / plain[beside(name) as keyof typeof plain]),
      ]),
    );
    await client.close();
  } finally {
    rmSync(folder, { recursive: true });
    await keep.dispose();
  }
}

function sent(first: number, length: number): NewEvent[] {
  return Array.from({ length }, (_, index) => {
    const { metadata, payload } = benchEvent(profile, first + index);
    return { profile, createdDate: metadata.createdDate, payload };
  });
}

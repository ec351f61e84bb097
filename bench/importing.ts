import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobSource, type ImportedEvent, importers, sendItems, Tally } from '../libs/importers/src/index.ts';
import { Datakeep } from '../clients/typescript/src/index.ts';
import { AdminClient } from '../test/support/keep-client.ts';
import { KeepProcess } from '../test/support/keep-process.ts';
import { figure, printTable } from './table.ts';

const profile = 'library/location';
const batch = 1000;
const inFlight = 3;

/** A GPX file as `datakeep import` sends it, beside the same events in plain batches, in turns: events a second. */
export async function benchImporting(events: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-bench-import-'));
  const ways: Readonly<Record<string, (way: Way) => Promise<void>>> = {
    'plain batches of 1,000, one at a time': (way) => plainBatches(way, 1),
    [`plain batches of 1,000, ${inFlight} at a time`]: (way) => plainBatches(way, inFlight),
    'read and send a GPX file': importFile,
    'read a GPX file': readFile,
  };
  const seconds = new Map(Object.keys(ways).map((name) => [name, 0]));
  // Each way has a keep of its own, so that none finds the storage larger than another.
  const keeps = new Map<string, { readonly keep: KeepProcess; readonly token: string }>();
  try {
    for (const name of Object.keys(ways)) keeps.set(name, await startKeep());
    for (let round = 0; round < rounds; round += 1) {
      const path = join(folder, `${round}.gpx`);
      writeFileSync(path, gpxOf(round * events, events));
      const read: ImportedEvent[] = [];
      for await (const item of await itemsOf(path)) if (item.kind === 'event') read.push(item);
      for (const [name, run] of Object.entries(ways)) {
        const { keep, token } = keeps.get(name)!;
        const begun = performance.now();
        await run({ path, url: keep.url, token, read });
        seconds.set(name, seconds.get(name)! + (performance.now() - begun) / 1000);
      }
    }
  } finally {
    for (const { keep } of keeps.values()) await keep.dispose();
    rmSync(folder, { recursive: true });
  }
  const rate = (name: string): number => (events * rounds) / seconds.get(name)!;
  const names = Object.keys(ways);
  const cells = (name: string): string[] => [name, figure(rate(name)), figure(rate(name) / rate(names[0]!))];
  printTable(['importing', 'events /s', ': plain'], names.map(cells));
}

interface Way {
  readonly path: string;
  readonly url: string;
  readonly token: string;
  /** What is in the file: plain batches are of the same events. */
  readonly read: readonly ImportedEvent[];
}

async function startKeep(): Promise<{ readonly keep: KeepProcess; readonly token: string }> {
  const keep = await KeepProcess.start({ patienceMs: 60_000 });
  const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
  const app = await admin.connectApp('Importer');
  await app.ask('POST', '/app/v1/profiles', { body: { name: profile } });
  await admin.grant(app, profile, ['create'], 'To be measured');
  return { keep, token: app.token! };
}

function gpxOf(first: number, events: number): string {
  const points = Array.from({ length: events }, (_, index) => {
    const longitude = 13 + ((first + index) % 90_000) / 100_000;
    const time = new Date(Date.UTC(2020, 0, 1) + (first + index) * 1000).toISOString();
    return `<trkpt lat="52.5" lon="${longitude}"><ele>34.5</ele>\n<time>${time}</time></trkpt>\n`;
  });
  return `<gpx version="1.1"><trk><name>Walk</name><trkseg>\n${points.join('')}</trkseg></trk></gpx>\n`;
}

async function plainBatches({ url, token, read }: Way, atOnce: number): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < read.length) {
      const events = read.slice(next, next + batch).map(({ identifier, createdDate, payload }) => ({
        metadata: { profile, identifier, createdDate },
        payload,
      }));
      next += batch;
      const response = await fetch(`${url}/app/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      await response.json();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
}

const itemsOf = async (path: string) => importers.gpx.read(blobSource(await openAsBlob(path), path));

async function importFile({ path, url, token, read }: Way): Promise<void> {
  const tally = new Tally();
  const sink = Datakeep.connect({ url, token }).events;
  await sendItems(await itemsOf(path), { sink, tally, note: () => undefined, onProgress: () => undefined });
  if (tally.added !== read.length) throw new Error(`${tally.added} of ${read.length} events were added`);
}

async function readFile({ path, read }: Way): Promise<void> {
  let items = 0;
  for await (const _ of await itemsOf(path)) items += 1;
  if (items !== read.length) throw new Error(`${items} of ${read.length} events were read`);
}

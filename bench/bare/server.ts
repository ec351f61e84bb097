/**
 * The bare server that the keep is measured against: node:http, Ajv and node:sqlite in one process, no framework, no
 * auth, written to be as fast as hand-written code can be. `node bench/bare/server.ts FOLDER` prints its address.
 *
 *     POST /events {events: […]}      validates, stores, answers after the COMMIT
 *     GET  /events?profile=&limit=    newest first; with &sort=MEMBER by that payload member, ascending
 *     POST /run                       sends the newest 100 events to a warm child process, which has one task at a
 *                                     time, and answers its number
 *     POST /run?children=2            sends them to whichever of two is free
 *     POST /run?language=             sends them to a process started for this run
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ObjectId } from 'bson';
import { benchSchema } from '../events.ts';
import { BareChildren } from './children.ts';
import { type Language, runSpawned } from './spawned.ts';
import { BareStore, type BareEvent } from './store.ts';

interface Body {
  readonly events?: readonly {
    readonly metadata?: { readonly profile?: string; readonly createdDate?: string };
    readonly payload?: unknown;
  }[];
}

const store = new BareStore(join(process.argv[2] ?? '.', 'bare.sqlite'));
const child = new BareChildren(1);
const twoChildren = new BareChildren(2);
const validate = new Ajv2020().compile(benchSchema);

function answer(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

function readBody(request: IncomingMessage, whole: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => whole((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8')));
}

async function ingest(text: string, response: ServerResponse): Promise<void> {
  const accepted = Date.now();
  const acceptedDate = new Date(accepted).toISOString();
  const { events } = JSON.parse(text) as Body;
  if (!Array.isArray(events)) return answer(response, 422, '{"code":"invalid"}');
  const stored: BareEvent[] = [];
  for (const { metadata, payload } of events) {
    if (!metadata?.profile || !validate(payload)) return answer(response, 422, '{"code":"invalid"}');
    const created = metadata.createdDate === undefined ? accepted : Date.parse(metadata.createdDate);
    if (Number.isNaN(created)) return answer(response, 422, '{"code":"invalid"}');
    stored.push({
      id: new ObjectId().toHexString(),
      profile: metadata.profile,
      created,
      accepted,
      payload: JSON.stringify(payload),
    });
  }
  await store.append(stored);
  const list = stored
    .map((event) => `{"id":"${event.id}","acceptedDate":"${acceptedDate}","status":"created"}`)
    .join(',');
  answer(response, 201, `{"accepted":${stored.length},"duplicates":0,"events":[${list}]}`);
}

function page(url: string, response: ServerResponse): void {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const profile = parameters.get('profile') ?? '';
  const limit = Number(parameters.get('limit') ?? 50);
  const member = parameters.get('sort');
  const items = member === null ? store.latest(profile, limit) : store.sortedBy(member, profile, limit);
  answer(response, 200, `{"items":${items},"nextCursor":null}`);
}

function days(url: string, response: ServerResponse): void {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const profile = parameters.get('profile') ?? '';
  const member = parameters.get('sum');
  answer(response, 200, `{"groups":${member === null ? store.countByDay(profile) : store.byDay(member, profile)}}`);
}

/** Where the runs of an address go. */
const places = new Map<string, Language | BareChildren>([
  ['/run', child],
  ['/run?children=2', twoChildren],
  ['/run?language=javascript', 'javascript'],
  ['/run?language=python', 'python'],
]);

async function run(text: string, response: ServerResponse, where: Language | BareChildren): Promise<void> {
  const { profile } = JSON.parse(text) as { profile: string };
  const events = store.latest(profile, 100);
  const result = where instanceof BareChildren ? await where.run(JSON.parse(events)) : await runSpawned(where, events);
  answer(response, 200, `{"state":"succeeded","result":${result}}`);
}

function failed(response: ServerResponse): (error: unknown) => void {
  return (error) => answer(response, error instanceof SyntaxError ? 400 : 500, '{"code":"failed"}');
}

const server = createServer((request, response) => {
  const url = request.url ?? '/';
  const place = places.get(url);
  if (request.method === 'POST' && url === '/events')
    readBody(request, (text) => void ingest(text, response).catch(failed(response)));
  else if (request.method === 'POST' && place)
    readBody(request, (text) => void run(text, response, place).catch(failed(response)));
  else if (request.method === 'GET' && url.startsWith('/days?')) days(url, response);
  else if (request.method === 'GET' && url.startsWith('/events?')) page(url, response);
  else answer(response, url === '/health' ? 200 : 404, '{}');
});

process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  child.close();
  twoChildren.close();
  store.close();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}`);
});

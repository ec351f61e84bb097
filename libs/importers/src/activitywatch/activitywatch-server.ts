import { ImportFault, type Source } from '../importer.ts';
import { listOf, membersOf, numberOf } from '../json/json-values.ts';

type AwEvent = Readonly<Record<string, unknown>>;

const pageSize = 1000;
const longestAnswer = 64 * 1024 * 1024;
const patienceMs = 60_000;
/** Servers round the end of what is asked for up to a millisecond. */
const roundingMs = 1;
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * What an ActivityWatch on this machine has, in the form of its export, so that its events are the same: read in pages
 * of its REST interface, newest first, one event a line. No other machine is asked.
 */
export function activityWatchServer(address: string): Source {
  if (!URL.canParse(address)) throw new ImportFault(`${address} is no address, such as http://127.0.0.1:5600.`);
  const { protocol, hostname, host, username, pathname, search } = new URL(address);
  if (protocol !== 'http:' || !loopback.test(hostname))
    throw new ImportFault(
      `${host} is not this machine: an import asks nothing of any other. Export it there, and import the file.`,
    );
  if (username !== '' || pathname !== '/' || search !== '')
    throw new ImportFault(`Give the address of ActivityWatch alone, such as http://${host}.`);
  const server = new Server(host);
  return { name: host, bytes: () => server.exported() };
}

class Server {
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  async *exported(): AsyncGenerator<Uint8Array, void, undefined> {
    const encoder = new TextEncoder();
    let before = '{"buckets":{';
    for (const [id, value] of Object.entries(membersOf(await this.#get('buckets/')))) {
      const { type, hostname } = membersOf(value);
      yield encoder.encode(`${before}\n${JSON.stringify(id)}:{${JSON.stringify({ type, hostname }).slice(1, -1)}`);
      before = ',"events":[';
      for await (const event of this.#events(id)) {
        yield encoder.encode(`${before}\n${JSON.stringify(event)}`);
        before = ',';
      }
      yield encoder.encode(before === ',' ? ']}' : `${before}]}`);
      before = ',';
    }
    yield encoder.encode(before === ',' ? '}}' : `${before}}}`);
  }

  /** Newest first. The next page ends where the oldest event of the one before began. */
  async *#events(bucket: string): AsyncGenerator<AwEvent, void, undefined> {
    const path = `buckets/${encodeURIComponent(bucket)}/events`;
    let end: string | undefined;
    let former = new Set<string>();
    for (;;) {
      const until = end === undefined ? '' : `&end=${encodeURIComponent(end)}`;
      const page = listOf(await this.#get(`${path}?limit=${pageSize}${until}`)).map(membersOf);
      for (const event of page) if (!former.has(keyOf(event))) yield await this.#unclipped(event, path, end);
      if (page.length < pageSize) return;
      const oldest = page.at(-1)?.['timestamp'];
      if (typeof oldest !== 'string' || oldest === end)
        throw new ImportFault(
          `${bucket}: more than ${pageSize} events of one moment, of which the rest cannot be read.`,
        );
      end = oldest;
      former = new Set(page.map(keyOf));
    }
  }

  /**
   * One that reaches over the end of what was asked for is answered as if it ended there. Where an old server has no
   * route for one event, it is left without a duration, and so refused.
   */
  async #unclipped(event: AwEvent, path: string, end: string | undefined): Promise<AwEvent> {
    const { id, timestamp, duration } = event;
    const ends = Date.parse(String(timestamp)) + (numberOf(duration) ?? 0) * 1000;
    if (end === undefined || typeof id !== 'number' || ends < Date.parse(end) - roundingMs) return event;
    const { duration: _cut, ...rest } = event;
    return membersOf((await this.#get(`${path}/${id}`, [404, 405])) ?? rest);
  }

  /** Undefined where the server answers with a status that is `absent`. */
  async #get(path: string, absent: readonly number[] = []): Promise<unknown> {
    const where = `ActivityWatch at ${this.#host}`;
    try {
      const url = `http://${this.#host}/api/0/${path}`;
      const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(patienceMs) });
      const text = await boundedText(answer, where);
      if (absent.includes(answer.status)) return undefined;
      if (!answer.ok) throw new ImportFault(`${where} answers ${answer.status} to ${path}.`);
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof ImportFault) throw error;
      if (error instanceof SyntaxError) throw new ImportFault(`${where} does not answer in JSON.`, { cause: error });
      throw new ImportFault(`${where} does not answer: is it running?`, { cause: error });
    }
  }
}

async function boundedText(answer: Response, where: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length <= longestAnswer) continue;
    await reader?.cancel();
    throw new ImportFault(`${where} answers with more than 64 MiB.`);
  }
  return text + decoder.decode();
}

/** What makes its identifier; the end of what is asked for changes neither. */
const keyOf = ({ timestamp, data }: AwEvent): string => JSON.stringify([timestamp, data]);

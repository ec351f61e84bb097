import type { Token } from '../generated/types.gen.ts';
import { linkedAbort } from './linked-abort.ts';
import { pause } from './pause.ts';
import { errorOf, KeepUnreachable } from './problem.ts';
import { type Repeatable, waitBefore } from './retry.ts';
import { isDueForRenewal, type TokenStore } from './token-store.ts';

export interface ConnectionOptions {
  /** Where the keep is, such as `https://keep.example`. */
  readonly url: string | URL;
  /** How often a request that can be repeated is sent again; default: 4. */
  readonly retries?: number | undefined;
  /** How long an answer may take, ms; default: 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the one of the runtime. */
  readonly fetch?: typeof fetch | undefined;
}

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with `/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** JSON already. */
  readonly jsonText?: string | undefined;
  readonly stream?: { readonly body: ReadableStream<Uint8Array>; readonly type: string } | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly repeatable: Repeatable;
  /** Beyond `timeoutMs`; null: no limit. */
  readonly extraMs?: number | null | undefined;
  readonly withoutToken?: boolean | undefined;
}

/** Requests to one keep with one app's token. */
export class Connection {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #retries: number;
  readonly #timeoutMs: number;
  readonly #tokens: TokenStore;
  #renewal: Promise<void> | undefined;

  constructor({ url, retries = 4, timeoutMs = 60_000, fetch: given }: ConnectionOptions, tokens: TokenStore) {
    const { origin, pathname } = new URL(url);
    this.#base = origin + pathname.replace(/\/$/, '');
    // A browser's fetch wants to be called on its own global.
    this.#fetch = given ?? ((...request) => fetch(...request));
    this.#retries = retries;
    this.#timeoutMs = timeoutMs;
    this.#tokens = tokens;
  }

  /** The parsed JSON of the answer; undefined where it has none. */
  async ask<Answer>(sent: Sent): Promise<Answer> {
    return this.#repeated(sent, async (response) => {
      const text = await response.text();
      return (text === '' ? undefined : JSON.parse(text)) as Answer;
    });
  }

  /**
   * The answer with its body unread, once it is no refusal. The signal goes on listening for the body's sake: one that
   * outlives the body would gather listeners.
   */
  async open(sent: Sent): Promise<Response> {
    return this.#repeated(sent, (response) => Promise.resolve(response));
  }

  async #repeated<Answer>(sent: Sent, read: (response: Response) => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(sent, read);
      } catch (error) {
        const wait = attempt < this.#retries ? waitBefore(error, attempt, sent.repeatable) : undefined;
        if (wait === undefined) throw error;
        await pause(wait, sent.signal);
      }
    }
  }

  async #once<Answer>(sent: Sent, read: (response: Response) => Promise<Answer>): Promise<Answer> {
    const { method, path, signal } = sent;
    const authorization = sent.withoutToken ? undefined : `Bearer ${await this.#token()}`;
    signal?.throwIfAborted();
    const { controller: stop, release } = linkedAbort(signal);
    const limit = sent.extraMs === null ? undefined : this.#timeoutMs + (sent.extraMs ?? 0);
    const late = (): void => stop.abort(new DOMException(`no answer within ${limit} ms`, 'TimeoutError'));
    const timer = limit === undefined ? undefined : setTimeout(late, limit);
    let handedOn = false;
    try {
      const response = await this.#fetch(this.#urlOf(sent), {
        method,
        headers: headersOf(sent, authorization),
        signal: stop.signal,
        ...bodyOf(sent),
      });
      if (!response.ok) throw await errorOf(response);
      const answer = await read(response);
      handedOn = answer === (response as unknown);
      return answer;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof Error && error.name === 'KeepError') throw error;
      throw new KeepUnreachable(`${method} ${path}`, stop.signal.aborted ? stop.signal.reason : error);
    } finally {
      clearTimeout(timer);
      // Of an answer that goes on, the signal ends the body as well.
      if (!handedOn) release();
    }
  }

  #urlOf({ path, query = {} }: Sent): string {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    return this.#base + path + (given.length === 0 ? '' : `?${new URLSearchParams(given)}`);
  }

  async #token(): Promise<string> {
    const token = await this.#tokens.load();
    if (token === undefined) throw new TypeError('There is no token: associate the app first (Datakeep.associate).');
    if (!isDueForRenewal(token, Date.now())) return token;
    // The former token works for a day more, so a renewal that fails is tried again by the next request.
    this.#renewal ??= this.#renew(token).finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal.catch(() => undefined);
    return (await this.#tokens.load()) ?? token;
  }

  async #renew(token: string): Promise<void> {
    const answer = await this.ask<Token>({
      method: 'POST',
      path: '/app/v1/token/renew',
      headers: { authorization: `Bearer ${token}` },
      withoutToken: true,
      repeatable: 'undone',
    });
    await this.#tokens.save(answer.token);
  }
}

function headersOf(
  { json, jsonText, stream, headers = {} }: Sent,
  authorization: string | undefined,
): Record<string, string> {
  const all = {
    accept: 'application/json',
    authorization,
    'content-type': stream?.type ?? ((json ?? jsonText) === undefined ? undefined : 'application/json'),
    ...headers,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Where a kept connection is cut, their `fetch` sends a request again by itself, unless its body is a stream. */
const fetchRepeats = 'Deno' in globalThis || 'Bun' in globalThis;

function bodyOf({ json, jsonText, stream, repeatable }: Sent): RequestInit {
  if (stream !== undefined) return streamed(stream.body);
  const body = jsonText ?? (json === undefined ? undefined : JSON.stringify(json));
  if (body === undefined) return {};
  return fetchRepeats && repeatable !== 'always' ? streamed(streamOf(body)) : { body };
}

/** Bun sees through the stream of a `Blob`, and sends that again as well. */
const streamOf = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });

const streamed = (body: ReadableStream<Uint8Array>): RequestInit => ({ body, duplex: 'half' }) as RequestInit;

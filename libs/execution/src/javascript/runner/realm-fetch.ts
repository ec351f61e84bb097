import type { Bridge } from './bridge.ts';
import type { makeText } from './realm-text.ts';
import type { makeUrl } from './realm-url.ts';

/**
 * Runs inside a fresh realm: makes `fetch`, `Headers` and `Response` (WHATWG Fetch) as far as a client of `dataEndpoint` needs them: bodies are text, bytes or
 * `URLSearchParams` and come whole; no streams, no `Request`, no `AbortSignal`. Every request goes to the runner, which has no socket either.
 */
export function makeFetch(
  bridge: Bridge,
  makeError: (code: string, message: string) => object,
  { URL, URLSearchParams }: ReturnType<typeof makeUrl>,
  { TextDecoder }: ReturnType<typeof makeText>,
): { fetch: unknown; Headers: unknown; Response: unknown } {
  const { parse, stringify } = JSON;
  type Pair = [name: string, value: string];

  class Headers {
    readonly #values = new Map<string, string>();

    constructor(given?: unknown) {
      if (given === undefined || given === null) return;
      if (typeof given !== 'object')
        throw new TypeError('Headers are made of an object, of pairs, or of other Headers.');
      const pairs = Symbol.iterator in given ? [...(given as Iterable<unknown>)] : Object.entries(given);
      for (const pair of pairs) {
        const [name, value] = pair as Pair;
        this.append(name, value);
      }
    }
    static #name(name: unknown): string {
      const text = String(name);
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) throw new TypeError(`${text} is no name of a header.`);
      return text.toLowerCase();
    }
    static #value(value: unknown): string {
      const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
      if (/[\0\n\r]/.test(text)) throw new TypeError('The value of a header holds a line break.');
      return text;
    }
    append(name: unknown, value: unknown): void {
      const key = Headers.#name(name);
      const before = this.#values.get(key);
      this.#values.set(key, before === undefined ? Headers.#value(value) : `${before}, ${Headers.#value(value)}`);
    }
    set(name: unknown, value: unknown): void {
      this.#values.set(Headers.#name(name), Headers.#value(value));
    }
    get(name: unknown): string | null {
      return this.#values.get(Headers.#name(name)) ?? null;
    }
    has(name: unknown): boolean {
      return this.#values.has(Headers.#name(name));
    }
    delete(name: unknown): void {
      this.#values.delete(Headers.#name(name));
    }
    forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
      for (const [name, value] of this.entries()) callback.call(thisArg, value, name, this);
    }
    *entries(): Generator<Pair> {
      for (const name of [...this.#values.keys()].sort()) yield [name, this.#values.get(name) ?? ''];
    }
    *keys(): Generator<string> {
      for (const [name] of this.entries()) yield name;
    }
    *values(): Generator<string> {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator](): Generator<Pair> {
      return this.entries();
    }
  }

  interface ResponseInit {
    readonly status?: number;
    readonly statusText?: string;
    readonly headers?: unknown;
  }
  const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
  /** Bytes of a body as view code gives it, and the media type that goes without saying. */
  const bodyOf = (given: unknown): { body: string | Uint8Array; type?: string } => {
    if (given === undefined || given === null) return { body: '' };
    if (given instanceof URLSearchParams)
      return { body: String(given), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
    if (given instanceof ArrayBuffer) return { body: new Uint8Array(given.slice(0)) };
    if (ArrayBuffer.isView(given))
      return { body: copyOf(new Uint8Array(given.buffer, given.byteOffset, given.byteLength)) };
    return { body: String(given), type: 'text/plain;charset=UTF-8' };
  };
  const utf8 = (text: string): Uint8Array => {
    const bytes = new Uint8Array(text.length * 3);
    return bytes.slice(0, bridge.encodeInto(text, bytes) % 2 ** 26);
  };

  class Response {
    readonly status: number;
    readonly statusText: string;
    readonly headers: Headers;
    readonly url: string = '';
    readonly redirected = false;
    readonly type = 'basic';
    #body: Uint8Array;
    #used = false;

    constructor(body?: unknown, { status = 200, statusText = '', headers }: ResponseInit = {}) {
      const { body: content, type } = bodyOf(body);
      this.#body = typeof content === 'string' ? utf8(content) : content;
      this.status = Number(status);
      this.statusText = String(statusText);
      this.headers = new Headers(headers);
      if (type !== undefined && !this.headers.has('content-type')) this.headers.set('content-type', type);
    }
    get ok(): boolean {
      return this.status >= 200 && this.status < 300;
    }
    get bodyUsed(): boolean {
      return this.#used;
    }
    #take(): Uint8Array {
      if (this.#used) throw new TypeError('The body has been read already.');
      this.#used = true;
      return this.#body;
    }
    async text(): Promise<string> {
      return new TextDecoder().decode(this.#take());
    }
    async json(): Promise<unknown> {
      return parse(new TextDecoder().decode(this.#take())) as unknown;
    }
    async bytes(): Promise<Uint8Array> {
      return copyOf(this.#take());
    }
    async arrayBuffer(): Promise<ArrayBufferLike> {
      return copyOf(this.#take()).buffer;
    }
    clone(): Response {
      if (this.#used) throw new TypeError('The body has been read already.');
      const { status, statusText, headers, url } = this;
      const copy = new Response(this.#body, { status, statusText, headers });
      Object.defineProperty(copy, 'url', { value: url, enumerable: true });
      return copy;
    }
  }

  interface FetchInit {
    readonly method?: unknown;
    readonly headers?: unknown;
    readonly body?: unknown;
  }
  const fetch = async (input: unknown, init: FetchInit = {}): Promise<Response> => {
    const url = new URL(String(input)).href;
    const method = String(init.method ?? 'GET').toUpperCase();
    const headers = new Headers(init.headers);
    const { body, type } = bodyOf(init.body);
    if (body.length > 0 && (method === 'GET' || method === 'HEAD'))
      throw new TypeError(`A ${method} request has no body.`);
    if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
    return new Promise((resolve, reject) => {
      bridge.fetch(
        stringify({ method, url, headers: [...headers] }),
        body,
        (headJson, bytes) => {
          const { status, headers: told } = parse(headJson) as { status: number; headers: Pair[] };
          const response = new Response(bytes, { status, headers: told });
          Object.defineProperty(response, 'url', { value: url, enumerable: true });
          resolve(response);
        },
        (code, message) => reject(makeError(code, message)),
      );
    });
  };

  return { fetch, Headers, Response };
}

import type { Bridge } from './bridge.ts';

/** Runs inside a fresh realm: makes `URL` and `URLSearchParams` (WHATWG URL Standard) as classes of that realm; the runner only parses and prints. */
export function makeUrl(bridge: Bridge): {
  URL: new (url: unknown) => { readonly href: string };
  URLSearchParams: new () => object;
} {
  const { parse, stringify } = JSON;
  type Pair = [string, string];
  let changed: (url: object, query: string) => void = () => undefined;
  const owners = new WeakMap<object, object>();

  class URLSearchParams {
    #pairs: Pair[] = [];

    constructor(init: unknown = '') {
      if (typeof init === 'object' && init !== null) {
        const list: unknown[] = Symbol.iterator in init ? Array.from(init as Iterable<unknown>) : Object.entries(init);
        this.#pairs = list.map((pair) => {
          const [name, value, ...more] = Array.from(pair as Iterable<unknown>);
          if (value === undefined || more.length > 0)
            throw new TypeError('Each query pair must be a name and a value.');
          return [String(name), String(value)];
        });
      } else this.#pairs = parse(bridge.parseQuery(String(init))) as Pair[];
    }

    static replace(params: URLSearchParams, query: string): void {
      params.#pairs = parse(bridge.parseQuery(query)) as Pair[];
    }

    #update(pairs: Pair[]): void {
      this.#pairs = pairs;
      const owner = owners.get(this);
      if (owner) changed(owner, this.toString());
    }

    get size(): number {
      return this.#pairs.length;
    }
    append(name: unknown, value: unknown): void {
      this.#update([...this.#pairs, [String(name), String(value)]]);
    }
    delete(name: unknown, value?: unknown): void {
      this.#update(this.#pairs.filter(([n, v]) => n !== String(name) || (value !== undefined && v !== String(value))));
    }
    get(name: unknown): string | null {
      return this.#pairs.find(([n]) => n === String(name))?.[1] ?? null;
    }
    getAll(name: unknown): string[] {
      return this.#pairs.filter(([n]) => n === String(name)).map(([, v]) => v);
    }
    has(name: unknown, value?: unknown): boolean {
      return this.#pairs.some(([n, v]) => n === String(name) && (value === undefined || v === String(value)));
    }
    set(name: unknown, value: unknown): void {
      const at = this.#pairs.findIndex(([n]) => n === String(name));
      if (at < 0) return this.append(name, value);
      this.#update(
        this.#pairs.flatMap(([n, v], i): Pair[] =>
          i === at ? [[n, String(value)]] : n === String(name) ? [] : [[n, v]],
        ),
      );
    }
    sort(): void {
      this.#update(this.#pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    }
    forEach(callback: (value: string, name: string, params: unknown) => void): void {
      for (const [name, value] of this.#pairs) callback(value, name, this);
    }
    *entries(): Generator<Pair> {
      for (const [name, value] of this.#pairs) yield [name, value];
    }
    *keys(): Generator<string> {
      for (const [name] of this.#pairs) yield name;
    }
    *values(): Generator<string> {
      for (const [, value] of this.#pairs) yield value;
    }
    [Symbol.iterator](): Generator<Pair> {
      return this.entries();
    }
    toString(): string {
      return bridge.formatQuery(stringify(this.#pairs));
    }
  }
  const { replace } = URLSearchParams;
  Reflect.deleteProperty(URLSearchParams, 'replace');

  const parts = [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ] as const;
  type Parts = Record<(typeof parts)[number], string>;
  const partsOf = (href: string, base = ''): Parts | undefined => {
    const json = bridge.parseUrl(href, base);
    return json === undefined ? undefined : (parse(json) as Parts);
  };

  class URL {
    declare readonly href: string;
    #parts: Parts;
    readonly #params: URLSearchParams;

    constructor(url: unknown, base?: unknown) {
      const found = partsOf(String(url), base === undefined ? '' : String(base));
      if (!found) throw new TypeError('Invalid URL');
      this.#parts = found;
      this.#params = new URLSearchParams(found.search);
      owners.set(this.#params, this);
    }

    static canParse(url: unknown, base?: unknown): boolean {
      return partsOf(String(url), base === undefined ? '' : String(base)) !== undefined;
    }
    static parse(url: unknown, base?: unknown): URL | null {
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }
    static read(url: URL, part: keyof Parts): string {
      return url.#parts[part];
    }
    static write(url: URL, part: string, value: string, fromParams = false): void {
      const next = part === 'href' ? partsOf(value) : partsOf(bridge.setUrlPart(url.#parts.href, part, value));
      if (!next) throw new TypeError('Invalid URL');
      url.#parts = next;
      if (!fromParams) replace(url.#params, next.search);
    }
    get searchParams(): URLSearchParams {
      return this.#params;
    }
    toString(): string {
      return this.#parts.href;
    }
    toJSON(): string {
      return this.#parts.href;
    }
  }
  const { read, write } = URL;
  Reflect.deleteProperty(URL, 'read');
  Reflect.deleteProperty(URL, 'write');
  changed = (url, query) => write(url as URL, 'search', query, true);
  for (const part of parts) {
    Object.defineProperty(URL.prototype, part, {
      configurable: true,
      enumerable: true,
      get(this: URL) {
        return read(this, part);
      },
      ...(part === 'origin'
        ? {}
        : {
            set(this: URL, value: unknown) {
              write(this, part, String(value));
            },
          }),
    });
  }
  return { URL, URLSearchParams };
}

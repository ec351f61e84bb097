export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface ListOptions {
  /** Items of one page, 1 to 1,000. */
  readonly pageSize?: number | undefined;
  /** Items in all; default: every one. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the page at a cursor, of at most `limit` items. */
export type ReadPage<Item> = (cursor: string | null, limit: number, signal?: AbortSignal) => Promise<Page<Item>>;

/** A list of the keep, read page by page as it is gone through; nothing is asked before. */
export class List<Item> implements AsyncIterable<Item> {
  readonly #read: ReadPage<Item>;
  readonly #options: ListOptions;

  constructor(read: ReadPage<Item>, options: ListOptions) {
    this.#read = read;
    this.#options = options;
  }

  /** By hand, since a generator takes several turns of the event loop's microtasks for each item. */
  [Symbol.asyncIterator](): AsyncIterator<Item, void, undefined> {
    const pages = this.pages();
    let items: readonly Item[] = [];
    let at = 0;
    const end = { value: undefined, done: true } as const;
    const nextPage = async (): Promise<IteratorResult<Item, void>> => {
      do {
        const page = await pages.next();
        if (page.done) return end;
        items = page.value.items;
        at = 0;
      } while (items.length === 0);
      return { value: items[at++]!, done: false };
    };
    return {
      next: () => (at < items.length ? Promise.resolve({ value: items[at++]!, done: false }) : nextPage()),
      return: async () => {
        items = [];
        await pages.return();
        return end;
      },
    };
  }

  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    const { pageSize = 500, limit = Infinity, signal } = this.#options;
    let cursor: string | null = null;
    for (let left = limit; left > 0;) {
      const page: Page<Item> = await this.#read(cursor, Math.min(pageSize, left), signal);
      yield page;
      cursor = page.nextCursor;
      left -= page.items.length;
      if (cursor === null) return;
    }
  }

  async first(): Promise<Item | undefined> {
    const { items } = await this.#read(null, 1, this.#options.signal);
    return items[0];
  }

  async toArray(): Promise<Item[]> {
    const all: Item[] = [];
    for await (const item of this) all.push(item);
    return all;
  }
}

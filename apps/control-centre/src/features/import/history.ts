/** What one import of this browser was, and became. One that is `running` and is not under way was cut off. */
export interface PastImport {
  readonly id: number;
  readonly file: string;
  readonly title: string;
  readonly url: string;
  readonly at: string;
  readonly state: 'running' | 'done' | 'stopped' | 'failed' | 'undone';
  readonly added: number;
  readonly profiles: readonly string[];
}

interface Created {
  readonly profile: string;
  readonly created: readonly string[];
}

const pageOfLines = 50;

/** Imports and what each added, in this browser's IndexedDB; the worker writes, the page lists. */
class History {
  #opened: Promise<IDBDatabase> | undefined;

  async begin({ file, title, url }: Pick<PastImport, 'file' | 'title' | 'url'>): Promise<number> {
    const at = new Date().toISOString();
    const entry = { file, title, url, at, state: 'running', added: 0, profiles: [] };
    return (await this.#work('readwrite', ({ imports }) => imports.add(entry))) as number;
  }

  async end(id: number, change: Partial<PastImport>): Promise<void> {
    const entry = await this.#find(id);
    // Not of one that was forgotten in another tab.
    if (entry) await this.#work('readwrite', ({ imports }) => imports.put({ ...entry, ...change }));
  }

  /** In the order of these calls. */
  async note(importId: number, { profile, created }: Created): Promise<void> {
    await this.#work('readwrite', ({ lines }) => lines.add({ importId, profile, created }));
  }

  async get(id: number): Promise<PastImport> {
    const entry = await this.#find(id);
    if (!entry) throw new Error('This browser does not have the import any more.');
    return entry;
  }

  #find(id: number): Promise<PastImport | undefined> {
    return this.#work('readonly', ({ imports }) => imports.get(id) as IDBRequest<PastImport | undefined>);
  }

  /** Newest first. */
  async list(): Promise<readonly PastImport[]> {
    const entries = await this.#work('readonly', ({ imports }) => imports.getAll() as IDBRequest<PastImport[]>);
    return entries.toReversed();
  }

  async *created(importId: number): AsyncGenerator<Created, void, undefined> {
    let after = 0;
    for (;;) {
      const range = IDBKeyRange.bound([importId, after], [importId, Number.MAX_SAFE_INTEGER], true);
      const found = await this.#work(
        'readonly',
        ({ lines }) => lines.index('of').getAll(range, pageOfLines) as IDBRequest<(Created & { readonly n: number })[]>,
      );
      yield* found;
      if (found.length < pageOfLines) return;
      after = found.at(-1)!.n;
    }
  }

  async undone(id: number): Promise<void> {
    await this.end(id, { state: 'undone' });
    await this.#removeLines(id);
  }

  /** The events stay; this browser cannot undo the import any more. */
  async forget(id: number): Promise<void> {
    await this.#removeLines(id);
    await this.#work('readwrite', ({ imports }) => imports.delete(id));
  }

  async #removeLines(id: number): Promise<void> {
    const range = IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);
    const keys = await this.#work('readonly', ({ lines }) => lines.index('of').getAllKeys(range));
    await this.#work('readwrite', ({ lines }) => {
      for (const key of keys) lines.delete(key);
      return lines.count();
    });
  }

  async #work<Result>(
    mode: IDBTransactionMode,
    use: (stores: { readonly imports: IDBObjectStore; readonly lines: IDBObjectStore }) => IDBRequest<Result>,
  ): Promise<Result> {
    this.#opened ??= open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    const transaction = (await this.#opened).transaction(['imports', 'lines'], mode);
    const request = use({ imports: transaction.objectStore('imports'), lines: transaction.objectStore('lines') });
    return new Promise((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve(request.result));
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('The browser stored nothing.')),
      );
    });
  }
}

export const history = new History();

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('datakeep-imports', 1);
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore('imports', { keyPath: 'id', autoIncrement: true });
      const lines = request.result.createObjectStore('lines', { keyPath: 'n', autoIncrement: true });
      lines.createIndex('of', ['importId', 'n']);
    });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(new Error('This browser lets the page store nothing.')));
  });
}

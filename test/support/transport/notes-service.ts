import { currentRequestId, DatakeepError } from '@datakeep/kernel';
import { describeService } from '@datakeep/transport';

export interface Page {
  readonly text: string;
  readonly length: number;
}

/** A small port to try the wire with. */
export interface Notes {
  echo(value: unknown): Promise<unknown>;
  page(text: string): Promise<Page>;
  requestId(): Promise<string | undefined>;
  fail(how: 'known' | 'unknown'): Promise<void>;
  /** Ends when the test releases it. */
  hold(name: string): Promise<string>;
  /** As `hold`; its caller waits a tenth of a second. */
  holdBriefly(name: string): Promise<string>;
  add(name: string): Promise<string>;
  /** Answers how many arguments came, and their types. */
  types(first?: unknown, second?: unknown, third?: unknown): Promise<string[]>;
}

export const notesService = describeService<Notes>()({
  name: 'notes',
  failures: { unreachable: 'storage-unreachable', busy: 'storage-busy', answerTooLarge: 'query-timeout' },
  methods: {
    echo: { repeatable: true },
    page: { repeatable: true },
    requestId: { repeatable: true },
    fail: { repeatable: false },
    hold: { repeatable: true },
    holdBriefly: { repeatable: true, deadlineMs: 100 },
    add: { repeatable: false },
    types: { repeatable: true },
  },
});

/** Notes in memory; the test releases held ones. */
export class HeldNotes implements Notes {
  readonly started: string[] = [];
  readonly #held = new Map<string, (value: string) => void>();

  constructor(readonly name = 'notes') {}

  echo(value: unknown): Promise<unknown> {
    return Promise.resolve(value);
  }

  page(text: string): Promise<Page> {
    return Promise.resolve({ text, length: text.length });
  }

  requestId(): Promise<string | undefined> {
    return Promise.resolve(currentRequestId());
  }

  fail(how: 'known' | 'unknown'): Promise<void> {
    if (how === 'unknown') return Promise.reject(new Error('SELECT secret FROM /var/lib/keep'));
    return Promise.reject(
      new DatakeepError('invalid', 'The batch is wrong.', {
        errors: [{ index: 3, pointer: '/events/3/payload', code: 'schema', detail: 'It is.' }],
        retryAfterSeconds: 7,
      }),
    );
  }

  hold(name: string): Promise<string> {
    this.started.push(name);
    return new Promise((resolve) => this.#held.set(name, resolve));
  }

  holdBriefly(name: string): Promise<string> {
    return this.hold(name);
  }

  add(name: string): Promise<string> {
    this.started.push(name);
    return Promise.resolve(this.name);
  }

  types(...values: unknown[]): Promise<string[]> {
    return Promise.resolve(values.map((value) => (value === null ? 'null' : typeof value)));
  }

  letGo(name: string): void {
    this.#held.get(name)?.(name);
    this.#held.delete(name);
  }
}

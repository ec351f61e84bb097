import { currentRequestId, DatakeepError } from '@datakeep/kernel';
import { describeService, json, plain, withText } from '@datakeep/transport';

export interface Page {
  readonly text: string;
  readonly length: number;
}

export interface PutNote extends Page {
  readonly requestId: string | undefined;
}

/** A small port to try the wire with. */
export interface Notes {
  echo(value: unknown): Promise<unknown>;
  page(text: string): Promise<Page>;
  requestId(): Promise<string | undefined>;
  fail(how: 'known' | 'unknown'): Promise<void>;
  /** Ends when the test says so. */
  hold(name: string): Promise<string>;
  add(name: string): Promise<string>;
  /** Travels with others. Answers the text and the id of the request; the texts `known` and `unknown` fail so. */
  put(text: string): Promise<PutNote>;
}

function partsOf(text: string, lengths: readonly number[]): string[] {
  let at = 0;
  const parts = lengths.map((length) => text.slice(at, (at += length)));
  if (at !== text.length) throw new RangeError('the lengths do not add up');
  return parts;
}

export const notesService = describeService<Notes>()({
  name: 'notes',
  failures: { unreachable: 'storage-unreachable', busy: 'storage-busy', answerTooLarge: 'query-timeout' },
  methods: {
    echo: plain({ repeatable: true }),
    page: {
      repeatable: true,
      request: {
        encode: ([text]: [text: string]) => ({ head: null, text }),
        decode: ({ text = '' }): [text: string] => [text],
      },
      response: withText<'text', Page>('text'),
    },
    requestId: plain({ repeatable: true }),
    fail: { repeatable: false, request: json<[how: 'known' | 'unknown']>(), response: json<void>() },
    hold: plain({ repeatable: true }),
    add: plain({ repeatable: false }),
    put: {
      repeatable: false,
      gathered: {
        textOf: (text: string) => (text.length > 100_000 ? undefined : text.length),
        requests: {
          encode: (calls: readonly [text: string][]) => ({
            head: calls.map(([text]) => text.length),
            text: calls.join(''),
          }),
          decode: ({ head, text = '' }) => partsOf(text, head as number[]).map((part) => [part]),
        },
        responses: { encode: (answers) => ({ head: answers }), decode: ({ head }) => head as (PutNote | undefined)[] },
      },
      request: {
        encode: ([text]: [text: string]) => ({ head: null, text }),
        decode: ({ text = '' }): [text: string] => [text],
      },
      response: withText<'text', PutNote>('text'),
    },
  },
});

/** Notes in memory; what is held is let go by the test. */
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

  add(name: string): Promise<string> {
    this.started.push(name);
    return Promise.resolve(this.name);
  }

  async put(text: string): Promise<PutNote> {
    this.started.push(text);
    if (text === 'known' || text === 'unknown') await this.fail(text);
    return { text, length: text.length, requestId: currentRequestId() };
  }

  letGo(name: string): void {
    this.#held.get(name)?.(name);
    this.#held.delete(name);
  }
}

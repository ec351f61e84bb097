import { afterEach, describe, expect, it } from 'vitest';
import { DatakeepError } from '../errors/datakeep-error.ts';
import {
  currentTraceparent,
  installTracer,
  type Span,
  startSpan,
  traced,
  tracedPort,
  type Tracer,
  withSpan,
} from './tracing.ts';

interface Told {
  readonly name: string;
  readonly parent: string | undefined;
  end?: string;
}

/** Its spans have their names as trace contexts. */
class ListedSpans implements Tracer {
  readonly told: Told[] = [];

  start(name: string, { parent }: { readonly parent?: string | undefined }): Span {
    const span: Told = { name, parent };
    this.told.push(span);
    return {
      traceparent: name,
      name: () => undefined,
      set: () => undefined,
      end: (error = 'well') => void (span.end = error),
    };
  }
}

describe('a span', () => {
  let uninstall = (): void => undefined;
  afterEach(() => uninstall());
  const listed = (): ListedSpans => {
    const spans = new ListedSpans();
    uninstall = installTracer(spans);
    return spans;
  };

  it('is none where nothing is traced', async () => {
    expect(startSpan('request', { kind: 'server' })).toBeUndefined();
    expect(await traced('call', { kind: 'client', parent: 'x' }, async () => currentTraceparent() ?? 'none')).toBe(
      'none',
    );
    expect(withSpan(undefined, () => currentTraceparent())).toBeUndefined();
  });

  it('is a child of the one in whose scope it begins, or of a named one, and none without either', async () => {
    const { told } = listed();
    await traced('nobody', { kind: 'client' }, async () => undefined);
    const request = startSpan('request', { kind: 'server' });
    await withSpan(request, async () => {
      await Promise.resolve();
      await traced('call', { kind: 'client' }, () => traced('deeper', { kind: 'internal' }, async () => undefined));
      await traced('run', { kind: 'consumer', parent: 'stored' }, async () => undefined);
    });
    expect(told.map(({ name, parent }) => [name, parent])).toEqual([
      ['request', undefined],
      ['call', 'request'],
      ['deeper', 'call'],
      ['run', 'stored'],
    ]);
  });

  it('ends with the code of what was thrown, which is thrown on', async () => {
    const { told } = listed();
    const refused = traced('call', { kind: 'client', parent: 'x' }, async () => {
      throw new DatakeepError('not-found');
    });
    await expect(refused).rejects.toMatchObject({ code: 'not-found' });
    await expect(
      traced('broken', { kind: 'client', parent: 'x' }, async () => {
        throw new TypeError('with a secret');
      }),
    ).rejects.toThrow(TypeError);
    expect(told.map(({ end }) => end)).toEqual(['not-found', 'internal']);
  });

  it('is each call of a traced port, whose members keep what is private to it', async () => {
    class Port {
      readonly #events = new Map([['a', 1]]);
      async get(name: string): Promise<number> {
        const found = this.#events.get(name);
        if (found === undefined) throw new DatakeepError('not-found');
        return found;
      }
      watch(): () => string {
        return () => 'stopped';
      }
    }
    const { told } = listed();
    const port = tracedPort('storage', new Port());
    expect(await port.get('a')).toBe(1);
    await withSpan(startSpan('request', { kind: 'server' }), async () => {
      expect(await port.get('a')).toBe(1);
      await expect(port.get('b')).rejects.toMatchObject({ code: 'not-found' });
      expect(port.watch()()).toBe('stopped');
    });
    expect(told.map(({ name, end }) => [name, end])).toEqual([
      ['request', undefined],
      ['storage.get', 'well'],
      ['storage.get', 'not-found'],
      ['storage.watch', 'well'],
    ]);
  });
});

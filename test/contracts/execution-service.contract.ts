import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker, ExecutionOutcome, ExecutionRequest, ExecutionService, SourceFile } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** The same views in the runtime's language. */
export interface RuntimeSamples {
  /** Returns its first argument. */
  readonly echo: readonly SourceFile[];
  /** Queries profile `walks` once and returns how many items came. */
  readonly count: readonly SourceFile[];
  /** Queries twice, ten items each. */
  readonly readTwice: readonly SourceFile[];
  /** Catches what a query throws and returns its code and message as an object. */
  readonly catchRefusal: readonly SourceFile[];
  /** Returns what an earlier run of this source left in a global variable, then sets it. */
  readonly leave: readonly SourceFile[];
  /** Prints `one` and a warning `two`, returns nothing. */
  readonly print: readonly SourceFile[];
  /** Throws with the message `no such walk` on line 2 of its entry file. */
  readonly fail: readonly SourceFile[];
  readonly loopForEver: readonly SourceFile[];
  /** Returns text of two million characters. */
  readonly returnLarge: readonly SourceFile[];
  /** Returns a value that is no JSON. */
  readonly returnNoJson: readonly SourceFile[];
  /** Does not compile; the fault is on line 2. */
  readonly broken: readonly SourceFile[];
  /** Two files that would both be the entry, where the runtime has two names for it. */
  readonly entryFile: string;
}

export function describeExecutionService(
  name: string,
  samples: RuntimeSamples,
  open: () => Promise<{ service: ExecutionService; close: () => Promise<void> }>,
): void {
  describe(`An execution service (${name})`, () => {
    let service: ExecutionService;
    let close: () => Promise<void>;
    const ids = new Map<readonly SourceFile[], string>();

    beforeAll(async () => {
      ({ service, close } = await open());
    });
    afterAll(() => close());

    const broker = (items: number): Broker => ({
      call: async () => ({
        json: JSON.stringify({ items: Array.from({ length: items }, (_, n) => n), nextCursor: null }),
        items,
      }),
    });
    const execute = async (
      files: readonly SourceFile[],
      request: Partial<ExecutionRequest> = {},
    ): Promise<ExecutionOutcome> => {
      let sourceCodeId = ids.get(files);
      if (sourceCodeId === undefined) {
        ({ sourceCodeId } = await service.upload(files));
        ids.set(files, sourceCodeId);
      }
      return service.execute({
        sourceCodeId,
        reuseKey: 'instance',
        parametersJson: '{}',
        limits: service.defaultLimits,
        broker: broker(3),
        signal: new AbortController().signal,
        ...request,
      });
    };
    const refusal = async (files: readonly SourceFile[]): Promise<DatakeepError> => {
      const error = await service.upload(files).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DatakeepError);
      return error as DatakeepError;
    };

    describe('keeps source code', () => {
      it('gives back what was uploaded, under a new id each time', async () => {
        const first = await service.upload(samples.echo);
        const second = await service.upload(samples.echo);
        expect(first.sourceCodeId).toMatch(/^[0-9a-f]{24}$/);
        expect(second.sourceCodeId).not.toBe(first.sourceCodeId);
        expect(second.digest).toBe(first.digest);
        expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
        expect(await service.read(first.sourceCodeId)).toEqual(samples.echo);
      });

      it('knows nothing of an id that was deleted, never given, or is a path', async () => {
        const { sourceCodeId } = await service.upload(samples.echo);
        await service.delete(sourceCodeId);
        await service.delete(sourceCodeId);
        for (const id of [sourceCodeId, 'f'.repeat(24), '../secret', '', 'x/../../y']) {
          expect(await service.read(id)).toBeUndefined();
          const outcome = await service.execute({
            sourceCodeId: id,
            reuseKey: 'instance',
            parametersJson: '{}',
            limits: service.defaultLimits,
            broker: broker(0),
            signal: new AbortController().signal,
          });
          expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-source-missing' } });
        }
      });

      const entry = (content = '') => ({ path: samples.entryFile, content });
      it.each<[string, readonly SourceFile[], string]>([
        ['no file', [], '/files'],
        ['no entry file', [{ path: 'other.txt', content: '' }], '/files'],
        [
          'eleven files',
          Array.from({ length: 11 }, (_, n) => (n === 0 ? entry() : { path: `f${n}.txt`, content: '' })),
          '/files',
        ],
        [
          'a file over 256 KiB',
          [entry(), { path: 'big.txt', content: 'x'.repeat(256 * 1024 + 1) }],
          '/files/1/content',
        ],
        ['an absolute path', [entry(), { path: '/etc/passwd', content: '' }], '/files/1/path'],
        ['a path that climbs', [entry(), { path: '../x.txt', content: '' }], '/files/1/path'],
        ['a path that climbs from a folder', [entry(), { path: 'a/../../x.txt', content: '' }], '/files/1/path'],
        ['a backslash', [entry(), { path: 'a\\x.txt', content: '' }], '/files/1/path'],
        ['an empty segment', [entry(), { path: 'a//x.txt', content: '' }], '/files/1/path'],
        ['a dot segment', [entry(), { path: './x.txt', content: '' }], '/files/1/path'],
        ['an empty path', [entry(), { path: '', content: '' }], '/files/1/path'],
        ['a control character', [entry(), { path: 'a\u0000.txt', content: '' }], '/files/1/path'],
        [
          'a path named twice',
          [entry(), { path: 'x.txt', content: '' }, { path: 'x.txt', content: '' }],
          '/files/2/path',
        ],
        [
          'a path in two spellings',
          [entry(), { path: 'x.txt', content: '' }, { path: 'X.txt', content: '' }],
          '/files/2/path',
        ],
      ])('refuses %s and says where', async (_what, files, pointer) => {
        const error = await refusal(files);
        expect(error.code).toBe('invalid');
        expect(error.errors).toContainEqual(expect.objectContaining({ pointer, code: 'source' }));
      });

      it('refuses source that does not compile, with its line', async () => {
        const error = await refusal(samples.broken);
        expect(error.code).toBe('invalid');
        expect(error.errors[0]).toMatchObject({ pointer: '/files/0/content', code: 'source' });
        expect(error.errors[0]?.detail).toContain('line 2');
      });
    });

    describe('runs source code', () => {
      it('hands in the parameters and gives back the result', async () => {
        const parametersJson = JSON.stringify({
          configuration: { unit: 'km', list: [1, null, 'ß'] },
          clientCustomData: -0.5,
        });
        const outcome = await execute(samples.echo, { parametersJson });
        expect(outcome).toMatchObject({
          state: 'succeeded',
          isolation: { level: expect.stringMatching(/^(?:os|language|foreign)$/) },
        });
        expect(JSON.parse(outcome.state === 'succeeded' ? outcome.resultJson : '')).toEqual(JSON.parse(parametersJson));
      });

      it('asks the broker with the arguments as JSON, and counts what was read', async () => {
        const asked: [string, unknown][] = [];
        const outcome = await execute(samples.count, {
          broker: {
            call: (method, argumentsJson) => {
              asked.push([method, JSON.parse(argumentsJson)]);
              return broker(3).call(method, argumentsJson);
            },
          },
        });
        expect(outcome).toMatchObject({
          state: 'succeeded',
          resultJson: '3',
          usage: { eventsRead: 3, eventsWritten: 0 },
        });
        expect(outcome.usage.bytesRead).toBeGreaterThan(0);
        expect(outcome.usage.wallMs).toBeGreaterThan(0);
        expect(asked).toEqual([['events.query', [expect.objectContaining({ profile: 'walks' })]]]);
      });

      it("throws the broker's refusals in the view, with their code", async () => {
        const outcome = await execute(samples.catchRefusal, {
          broker: {
            call: async () => {
              throw new DatakeepError('forbidden', 'No right to read walks.');
            },
          },
        });
        expect(outcome.state === 'succeeded' && JSON.parse(outcome.resultJson)).toEqual({
          code: 'forbidden',
          message: 'No right to read walks.',
        });
      });

      it('tells nothing of an error that is not meant for callers', async () => {
        const outcome = await execute(samples.catchRefusal, {
          broker: {
            call: async () => {
              throw new Error('SELECT * FROM secrets');
            },
          },
        });
        expect(outcome).toMatchObject({ state: 'succeeded' });
        expect(JSON.stringify(outcome)).not.toContain('SELECT');
      });

      it('keeps what the view prints, and takes nothing returned as null', async () => {
        const outcome = await execute(samples.print);
        expect(outcome).toMatchObject({ state: 'succeeded', resultJson: 'null' });
        expect(outcome.logs.map(({ level, text }) => [level, text])).toEqual([
          ['info', 'one'],
          ['warn', 'two'],
        ]);
        for (const { at } of outcome.logs) expect(new Date(at).toISOString()).toBe(at);
      });

      it('tells where the view failed', async () => {
        const outcome = await execute(samples.fail);
        expect(outcome).toMatchObject({
          state: 'failed',
          error: { code: 'view-threw', file: samples.entryFile, line: 2 },
        });
        expect(outcome.state !== 'succeeded' && outcome.error.message).toContain('no such walk');
        const trace = outcome.logs.find(({ level }) => level === 'error');
        expect(trace?.text).toContain('no such walk');
        expect(trace?.text).toContain(samples.entryFile);
      });

      it('leaves nothing of one run to the next, under the same key or another', async () => {
        const seen = [];
        for (const reuseKey of ['a', 'a', 'b', 'a']) {
          const outcome = await execute(samples.leave, { reuseKey });
          seen.push(outcome.state === 'succeeded' ? outcome.resultJson : outcome.error);
        }
        expect(seen).toEqual(['null', 'null', 'null', 'null']);
      });
    });

    describe('holds a run to its limits', () => {
      it('ends one that takes too long, and runs the next', async () => {
        const outcome = await execute(samples.loopForEver, { limits: { ...service.defaultLimits, wallTimeMs: 300 } });
        expect(outcome).toMatchObject({ state: 'timed-out', error: { code: 'view-timed-out' } });
        expect(await execute(samples.count)).toMatchObject({ state: 'succeeded' });
      });

      it('ends one that is cancelled', async () => {
        const controller = new AbortController();
        const outcome = execute(samples.readTwice, {
          signal: controller.signal,
          broker: { call: async () => (controller.abort(), new Promise(() => undefined)) },
        });
        expect(await outcome).toMatchObject({ state: 'cancelled', error: { code: 'view-cancelled' } });
      });

      it('does not begin one that was cancelled before', async () => {
        let asked = false;
        const outcome = await execute(samples.count, {
          signal: AbortSignal.abort(),
          broker: { call: async () => ((asked = true), { json: '{}', items: 0 }) },
        });
        expect(outcome).toMatchObject({ state: 'cancelled' });
        expect(asked).toBe(false);
      });

      it('refuses a result that is too large', async () => {
        expect(await execute(samples.returnLarge)).toMatchObject({
          state: 'failed',
          error: { code: 'view-result-too-large' },
        });
      });

      it('refuses a result that is no JSON', async () => {
        expect(await execute(samples.returnNoJson)).toMatchObject({
          state: 'failed',
          error: { code: 'view-result-not-json' },
        });
      });

      it('ends one that reads too many events', async () => {
        const outcome = await execute(samples.readTwice, {
          broker: broker(10),
          limits: { ...service.defaultLimits, inputEvents: 15 },
        });
        expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-input-too-large' } });
      });

      it('ends one that reads too many bytes', async () => {
        const outcome = await execute(samples.readTwice, {
          broker: broker(10),
          limits: { ...service.defaultLimits, inputBytes: 60 },
        });
        expect(outcome).toMatchObject({ state: 'failed', error: { code: 'view-input-too-large' } });
      });
    });

    it('reports what isolation there is, with its proof', async () => {
      const report = await service.report();
      expect(report).toMatchObject({ name: service.runtime, healthy: true, limits: service.defaultLimits });
      // Of another program nothing is claimed.
      expect(report.isolation.layers.length > 0).toBe(report.isolation.level !== 'foreign');
      expect(report.isolation.proof).not.toBe('');
    });
  });

  it(`An execution service (${name}) that is closed ends its runs as cancelled`, async () => {
    const { service, close } = await open();
    try {
      const { sourceCodeId } = await service.upload(samples.count);
      const called = Promise.withResolvers<void>();
      const outcome = service.execute({
        sourceCodeId,
        reuseKey: 'instance',
        parametersJson: '{}',
        limits: service.defaultLimits,
        broker: { call: () => (called.resolve(), new Promise(() => undefined)) },
        signal: new AbortController().signal,
      });
      await called.promise;
      await service.close();
      expect(await outcome).toMatchObject({ state: 'cancelled' });
    } finally {
      await close();
    }
  });
}

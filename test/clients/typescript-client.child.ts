/** Drives clients/typescript as client-driver.ts says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  type Change,
  Datakeep,
  type EventQuery,
  IngestStopped,
  KeepError,
  KeepUnreachable,
  memoryOutbox,
} from '../../clients/typescript/src/index.ts';
import { tokenFile } from '../../clients/typescript/src/http/token-file.ts';
import { sqliteOutbox } from '../../clients/typescript/src/outbox/sqlite-outbox.ts';
import type { Operations, Options, FailureReport } from './client-driver.ts';

let keep: Datakeep | undefined;
const followed: {
  readonly changes: AsyncIterator<Change>;
  readonly stop: AbortController;
  readonly told: readonly string[];
}[] = [];
let waited = 0;

const optionsOf = ({ tokenFile: file, outboxFile, ...options }: Options) => ({
  ...options,
  ...(file === undefined ? {} : { tokens: tokenFile(file) }),
  outbox: { store: outboxFile === undefined ? memoryOutbox() : sqliteOutbox(outboxFile) },
});

type Handlers = {
  readonly [Name in keyof Operations]: (args: Parameters<Operations[Name]>[0]) => unknown;
};

function open(): Datakeep {
  if (keep === undefined) throw new Error('associate or connect first');
  return keep;
}

const handlers: Handlers = {
  associate: async ({ associationToken, name, origins, ...options }) => {
    keep = await Datakeep.associate({ ...optionsOf(options), associationToken, name, origins });
  },
  connect: ({ token, ...options }) => {
    keep = Datakeep.connect({ ...optionsOf(options), token });
    void keep.outbox;
  },
  me: () => open().me(),
  'profiles.register': async ({ name, schema }) => void (await open().profiles.register(name, schema as object)),
  'profiles.registerFromLibrary': ({ name }) => open().profiles.registerFromLibrary(name),
  'profiles.get': ({ name }) => open().profiles.get(name),
  'permissions.ensure': ({ noteWaiting = false, ...args }) =>
    open().permissions.ensure({ ...args, ...(noteWaiting ? { onWaiting: () => void (waited += 1) } : {}) }),
  'permissions.waited': () => waited,
  'permissions.request': (args) => open().permissions.request(args),
  'permissions.giveUp': ({ id }) => open().permissions.giveUp(id),
  'events.create': ({ events }) => open().events.create(events as never),
  'events.query': (args) =>
    open()
      .events.query(args as EventQuery)
      .toArray(),
  'events.aggregate': (args) => open().events.aggregate(args as never),
  'events.get': ({ id }) => open().events.get(id),
  'events.modify': ({ id, payload, version }) => open().events.modify(id, payload as never, { version }),
  'events.delete': ({ id, version }) => open().events.delete(id, { version }),
  'events.ingest': ({ profile, count, bad }) => {
    function* numbered() {
      for (let number = 1; number <= count; number += 1)
        yield { profile, identifier: `n${number}`, payload: number === bad ? { wrong: true } : { number } };
    }
    return open().events.ingest(numbered());
  },
  'changes.open': ({ profile, since, checkpointFile: file }) => {
    const stop = new AbortController();
    const heard: string[] = [];
    const checkpoint = file && {
      load: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
      save: (place: string) => writeFileSync(file, place),
    };
    const changes = open().events.changes({
      profile,
      since,
      signal: stop.signal,
      onOpen: () => void heard.push('open'),
      onProblem: ({ code }) => void heard.push(code),
      ...(checkpoint ? { checkpoint } : {}),
    });
    return followed.push({ changes: changes[Symbol.asyncIterator](), stop, told: heard }) - 1;
  },
  'changes.next': async ({ handle }) => {
    const { value, done } = await followed[handle]!.changes.next();
    if (done) throw new Error('the changes have ended');
    return value;
  },
  'changes.told': ({ handle }) => followed[handle]!.told,
  'changes.close': ({ handle }) => followed[handle]!.stop.abort(),
  'views.createInstance': ({ viewTemplateId, configuration }) =>
    open().views.createInstance(viewTemplateId, configuration),
  'views.permitted': ({ id }) => open().views.permitted(id),
  'views.run': ({ viewInstanceId, ...options }) => open().views.run(viewInstanceId, options),
  'views.finished': ({ runId }) => open().views.finished(runId),
  'outbox.add': async ({ events }) =>
    void (await Promise.all(events.map((event) => open().outbox.add(event as never)))),
  'outbox.flush': () => open().outbox.flush(),
  'outbox.pending': () => open().outbox.pending(),
  'outbox.waiting': () => open().outbox.waiting(),
  'outbox.refused': () => open().outbox.refused(),
  'outbox.retry': ({ ids }) => open().outbox.retry(...ids),
  close: () => open().close(),
};

function reportOf(error: unknown): FailureReport {
  const { message } = error as Error;
  if (error instanceof KeepError) return { message, ...pick(error) };
  if (error instanceof KeepUnreachable) return { message, code: error.code };
  if (error instanceof IngestStopped)
    return { ...reportOf(error.cause), message, stored: error.stored, ...(error.line ? { line: error.line } : {}) };
  return { message, code: (error as Error).name };
}

const pick = ({ code, status, requestId, errors }: KeepError) => ({ code, status, requestId, errors: [...errors] });

const input = createInterface({ input: process.stdin });
// Then the program ends by itself.
input.on('close', () => {
  for (const { stop } of followed) stop.abort();
  void keep?.close();
});
input.on('line', async (line) => {
  const { id, name, args } = JSON.parse(line) as { id: number; name: keyof Operations; args: never };
  try {
    const value = (await (handlers[name] as (given: never) => unknown)(args)) ?? null;
    process.stdout.write(`${JSON.stringify({ id, value })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id, error: reportOf(error) })}\n`);
  }
});

import { parentPort, workerData } from 'node:worker_threads';
import { failed } from '../failure.ts';
import { AdviceFile } from './advice-file.ts';
import type { AdviceAnswer, AdviceRequest, AdviceSettings, AdviceTasks, ToAdvice } from './advice-messages.ts';
import { IndexBuilder } from './index-builder.ts';
import { Interrupted, Replayer } from './replayer.ts';
import { calibrateWriteMs } from './write-cost.ts';

const port = parentPort;
if (!port) throw new Error('advice.worker runs in a worker thread');

const settings = workerData as AdviceSettings;
const stop = new Int32Array(settings.stop);
const file = new AdviceFile(settings.directory);
const builder = new IndexBuilder(settings, file);
const replayer = new Replayer(settings.directory, () => Atomics.load(stop, 0) === 1);

const tasks: AdviceTasks = {
  writeMs: calibrateWriteMs,
  list: () => builder.list(),
  create: (definition) => {
    const start = performance.now();
    builder.create(definition);
    return performance.now() - start;
  },
  drop: (name) => {
    builder.drop(name);
    return null;
  },
  rows: (profile) => builder.rows(profile),
  space: () => builder.space(),
  plan: (query) => replayer.plan(query),
  foresee: (queries, definition) => replayer.foresee(queries, definition),
  replay: (query, former) => replayer.replay(query, former),
  tend: () => {
    builder.tend();
    return null;
  },
  put: (entries) => {
    file.put(entries);
    return null;
  },
  all: (kind, from) => file.all(kind, from),
  remove: (kind, before) => {
    file.remove(kind, before);
    return null;
  },
  forget: (profile) => {
    file.forget(profile);
    return null;
  },
};

function outcomeOf({ task, values }: AdviceRequest): AdviceAnswer['outcome'] {
  try {
    const carryOut = tasks[task] as (...values: readonly unknown[]) => unknown;
    return { kind: 'done', value: carryOut(...values) };
  } catch (error) {
    return error instanceof Interrupted ? { kind: 'interrupted' } : failed(error);
  }
}

port.on('message', (message: ToAdvice) => {
  if (message === 'close') {
    replayer.close();
    builder.close();
    file.close();
    port.close();
  } else port.postMessage({ id: message.id, outcome: outcomeOf(message) } satisfies AdviceAnswer, []);
});

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
const builder = new IndexBuilder(settings);
const replayer = new Replayer(settings.directory, () => Atomics.load(stop, 0) === 1);

/** Each task is a method of one of these. */
const owners: readonly Partial<AdviceTasks>[] = [builder, replayer, file, { writeMs: calibrateWriteMs }];

function outcomeOf({ task, values }: AdviceRequest): AdviceAnswer['outcome'] {
  try {
    const owner = owners.find((each) => task in each) as Record<string, (...values: readonly unknown[]) => unknown>;
    return { kind: 'done', value: owner[task]?.(...values) };
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

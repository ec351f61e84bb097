import { parentPort } from 'node:worker_threads';

import { compileSchema, metaSchemaFailure } from './compile-schema.ts';
import { sampleDocument } from './sample-documents.ts';
import type { Dialect } from './schema-vocabulary.ts';
import type { TrialAnswer, TrialOrder } from './schema-trial.ts';
import { beginPayload, ValidationBudgetExceeded } from './validation-budget.ts';

const samples = 20;
/** Documents before those that are timed: what an engine does once is not what an event costs. */
const warmUp = 2;
/**
 * p95 of the generated documents, in µs of this thread's own CPU time, so that a busy machine does not refuse a schema.
 */
const budgetMicros = 5000;

function cpuMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function attempt(schema: unknown, dialect: Dialect): TrialAnswer {
  let validate: ReturnType<typeof compileSchema>;
  try {
    const failure = metaSchemaFailure(schema, dialect);
    if (failure !== undefined) return { refusal: `The schema is not a ${dialect} schema: ${failure.slice(0, 300)}.` };
    validate = compileSchema(schema, dialect);
  } catch (error) {
    return {
      refusal: `The schema does not compile: ${error instanceof Error ? error.message.slice(0, 300) : 'unreadable'}`,
    };
  }
  const times: number[] = [];
  for (let turn = -warmUp; turn < samples; turn += 1) {
    const document = sampleDocument(schema, turn + warmUp);
    beginPayload();
    const began = cpuMicros();
    let spent: number | undefined;
    try {
      validate(document);
    } catch (error) {
      if (!(error instanceof ValidationBudgetExceeded))
        return {
          refusal: `Validation failed on a generated document: ${error instanceof Error ? error.name : 'unreadable'}.`,
        };
      spent = budgetMicros;
    }
    if (turn >= 0) times.push(spent ?? cpuMicros() - began);
  }
  const p95 = times.sort((a, b) => a - b)[Math.ceil(samples * 0.95) - 1]!;
  return p95 < budgetMicros ? {} : { refusal: 'Validating a document against the schema takes longer than 5 ms.' };
}

// Compiled before the clock of the first order starts.
for (const dialect of ['2020-12', 'draft-07'] as const) metaSchemaFailure({}, dialect);

parentPort!.on('message', ({ schema, dialect }: TrialOrder) => parentPort!.postMessage(attempt(schema, dialect), []));
parentPort!.postMessage('ready', []);

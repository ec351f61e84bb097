import type { ExecutionOutcome, RunLogLine } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/**
 * A run's outcome as the interface defines it; `logs`, `usage` and `isolation` are extensions. Throws where the run did
 * not take place.
 */
export function outcomeAnswer(outcome: ExecutionOutcome): { readonly status: 200 | 400; readonly content: object } {
  const { logs, usage, isolation } = outcome;
  const more = {
    stdout: textOf(logs, ['debug', 'info']),
    stderr: textOf(logs, ['warn', 'error']),
    logs,
    usage,
    isolation,
  };
  // As text, so that a result that is itself a string of JSON comes out as it went in.
  if (outcome.state === 'succeeded')
    return { status: 200, content: { message: 'The code ran.', result: outcome.resultJson, ...more } };
  const { error } = outcome;
  if (outcome.state === 'cancelled')
    throw new DatakeepError('not-ready', 'The run was ended, since this service is stopping.');
  if (error.code === 'view-source-missing') throw new DatakeepError('not-found', error.message);
  return { status: 400, content: { message: error.message, error, ...more } };
}

function textOf(logs: readonly RunLogLine[], levels: readonly RunLogLine['level'][]): string {
  return logs
    .filter(({ level }) => levels.includes(level))
    .map(({ text }) => text)
    .join('\n');
}

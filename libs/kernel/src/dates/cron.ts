import { Cron } from 'croner';

export const cronLegal = 'a cron expression of five fields, such as "0 4 * * *"';

/** What is wrong with a cron expression (minute, hour, day, month, day of the week), `undefined` where nothing is. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/).length;
  if (fields !== 5) return `it has ${fields} ${fields === 1 ? 'field' : 'fields'}`;
  try {
    return cronOf(expression).nextRun() === null ? 'it is never due' : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '');
  }
}

/** When the expression is due next after a moment, both in ms, in the time zone of the process; `undefined`: never. */
export function nextDue(expression: string, after: number): number | undefined {
  return cronOf(expression).nextRun(new Date(after))?.getTime();
}

function cronOf(expression: string): Cron {
  return new Cron(expression.trim(), { mode: '5-part', paused: true });
}

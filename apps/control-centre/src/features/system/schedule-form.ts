export const frequencies = ['daily', 'weekly', 'monthly', 'cron'] as const;

export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export interface RetentionForm {
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

/** A schedule as a form has it. */
export interface ScheduleForm {
  readonly frequency: (typeof frequencies)[number];
  /** `04:00`. */
  readonly time: string;
  /** Sunday is 0. */
  readonly weekday: number;
  /** 1 to 28, which each month has. */
  readonly day: number;
  readonly cron: string;
  /** Null keeps all. */
  readonly keep: RetentionForm | null;
}

export const firstSchedule: ScheduleForm = {
  frequency: 'daily',
  time: '04:00',
  weekday: 0,
  day: 1,
  cron: '0 4 * * *',
  keep: { days: 7, weeks: 4, months: 6 },
};

/** The cron expression of a form. */
export function cronOf({ frequency, time, weekday, day, cron }: ScheduleForm): string {
  if (frequency === 'cron') return cron;
  const [hour, minute] = time.split(':').map(Number);
  if (frequency === 'daily') return `${minute} ${hour} * * *`;
  return frequency === 'weekly' ? `${minute} ${hour} * * ${weekday}` : `${minute} ${hour} ${day} * *`;
}

/** The text of what to keep; undefined keeps all. */
export function keepOf(keep: RetentionForm | null): string | undefined {
  const parts = keep && [`${keep.days}d`, `${keep.weeks}w`, `${keep.months}m`].filter((part) => !part.startsWith('0'));
  return parts?.join(',');
}

/** The form of a schedule that is set. An expression that the form has no fields for is shown as it is. */
export function formOf(cron: string, keep: string | null): ScheduleForm {
  const form = { ...firstSchedule, cron, keep: keep === null ? null : retentionOf(keep) };
  const [, minute = '', hour = '', day = '', weekday = ''] =
    /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-6])$/.exec(cron) ?? [];
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (minute === '' || (day !== '*' && (weekday !== '*' || Number(day) > 28))) return { ...form, frequency: 'cron' };
  if (day !== '*') return { ...form, frequency: 'monthly', time, day: Number(day) };
  return weekday === '*'
    ? { ...form, frequency: 'daily', time }
    : { ...form, frequency: 'weekly', time, weekday: Number(weekday) };
}

/** `Every day at 04:00`. */
export function scheduleText(cron: string): string {
  const { frequency, time, weekday, day } = formOf(cron, null);
  if (frequency === 'cron') return cron;
  if (frequency === 'daily') return `Every day at ${time}`;
  return frequency === 'weekly' ? `Every ${weekdays[weekday]} at ${time}` : `On day ${day} of each month at ${time}`;
}

/** `7 days, 4 weeks, 6 months`. */
export function keepText(keep: string): string {
  return Object.entries(retentionOf(keep))
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => (count === 1 ? `1 ${unit.slice(0, -1)}` : `${count} ${unit}`))
    .join(', ');
}

function retentionOf(keep: string): RetentionForm {
  const count = (unit: string): number => Number(new RegExp(`(\\d+)${unit}`).exec(keep)?.[1] ?? 0);
  return { days: count('d'), weeks: count('w'), months: count('m') };
}

/** How many days, ISO weeks and months keep a backup, each its newest. In UTC. */
export interface Retention {
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

const units: Readonly<Record<string, keyof Retention>> = { d: 'days', w: 'weeks', m: 'months' };

export const retentionLegal = 'a list like 7d,4w,6m: days, weeks and months, each at most once and from 1 to 1000';

/** Reads `7d,4w,6m`; a unit that is left out keeps none. */
export function parseRetention(value: string): Retention | undefined {
  const retention: { -readonly [Unit in keyof Retention]: number } = { days: 0, weeks: 0, months: 0 };
  for (const part of value.split(',')) {
    const [, number, unit] = /^(\d{1,4})([dwm])$/.exec(part.trim()) ?? [];
    const count = Number(number);
    if (unit === undefined || count < 1 || count > 1000 || retention[units[unit]!] > 0) return undefined;
    retention[units[unit]!] = count;
  }
  return retention;
}

/** The retention as `parseRetention` reads it. */
export function retentionText(retention: Retention): string {
  return Object.entries(units)
    .filter(([, unit]) => retention[unit] > 0)
    .map(([letter, unit]) => `${retention[unit]}${letter}`)
    .join(',');
}

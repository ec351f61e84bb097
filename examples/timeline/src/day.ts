import { h } from './dom.ts';

const minute = 60_000;
export const hour = 60 * minute;

/** A day of the browser's time zone: 23 or 25 hours long where clocks change. Times are in ms, as of `Date`. */
export class Day {
  /** `2026-03-01` */
  readonly date: string;
  readonly start: number;
  readonly end: number;

  constructor(year: number, month: number, day: number) {
    const begin = new Date(year, month, day);
    this.start = begin.getTime();
    this.end = new Date(year, month, day + 1).getTime();
    this.date = dateOf(begin);
  }

  static of(date: string): Day | undefined {
    const [year, month, day] = date.split('-').map(Number);
    const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date));
    return isDate ? new Day(year!, month! - 1, day!) : undefined;
  }

  static holding(time: number): Day {
    const at = new Date(time);
    return new Day(at.getFullYear(), at.getMonth(), at.getDate());
  }

  after(days: number): Day {
    const at = new Date(this.start);
    return new Day(at.getFullYear(), at.getMonth(), at.getDate() + days);
  }

  /** Monday to Sunday. */
  week(): readonly Day[] {
    const sinceMonday = (new Date(this.start).getDay() + 6) % 7;
    return Array.from({ length: 7 }, (_, index) => this.after(index - sinceMonday));
  }

  holds(time: number): boolean {
    return time >= this.start && time < this.end;
  }

  /** Where a time is in the day, in percent; what is outside is at its edge. */
  percent(time: number): number {
    const part = (time - this.start) / (this.end - this.start);
    return Math.round(Math.min(1, Math.max(0, part)) * 100_000) / 1000;
  }
}

function dateOf(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const timeText = (time: number): string => clock.format(time);

export function durationText(ms: number): string {
  const minutes = Math.round(ms / minute);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
export const dateText = ({ start }: Day): string => shortDate.format(start);

/** The page goes to the day of its fragment. */
export const dayLink = (day: Day, more = ''): HTMLElement => h('a', { href: `#${day.date}` }, dateText(day) + more);

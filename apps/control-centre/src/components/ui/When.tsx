import { useEffect, useState } from 'react';
import { keepNow } from '../../api/clock.ts';

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const { locale: language } = exact.resolvedOptions();
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** `3 hours ago`, in the browser's language. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second' as const, 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** The exact time in the browser's locale and zone, the zone shown. */
export function exactTime(at: string | number): string {
  return exact.format(new Date(at));
}

export function dayOf(at: string | number): string {
  return day.format(new Date(at));
}

/** A date: relative to see, exact on hover and for screen readers. Undefined and null show as a dash. */
export function When({ at, plain = false }: { readonly at: string | null | undefined; readonly plain?: boolean }) {
  const [now, setNow] = useState(keepNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(keepNow()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return <span>—</span>;
  const full = exactTime(at);
  return (
    <time dateTime={at} title={full} aria-label={full} lang={language}>
      {plain ? full : relativeTime(Date.parse(at), now)}
    </time>
  );
}

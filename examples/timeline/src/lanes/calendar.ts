import { Day, hour } from '../day.ts';
import { began, eventsOf, type LaneKind, reaching } from '../lane-kind.ts';

const entry = 'library/calendar-event';

interface Entry {
  readonly title?: string;
  /** Local. */
  readonly start: string;
  readonly duration?: string;
  readonly showWithoutTime?: boolean;
  readonly status?: string;
}

export const calendar: LaneKind = {
  id: 'calendar',
  title: 'Calendar',
  profiles: { [entry]: 'entries' },
  message: 'To show the entries of your calendar on the day',
  async load(asked) {
    const events = await eventsOf<Entry>(asked, entry, { before: 31 * 24 * hour });
    const spans = events.flatMap((event) => {
      const { title = 'Busy', start, duration, showWithoutTime, status } = event.payload;
      if (status === 'cancelled') return [];
      const ms = msOf(duration ?? (showWithoutTime ? 'P1D' : 'PT0S'));
      // A whole day is one of the calendar, wherever one is.
      const first = showWithoutTime ? Day.of(start.slice(0, 10)) : undefined;
      const from = first?.start ?? began(event);
      const to = first === undefined ? from + ms : first.after(Math.max(1, Math.round(ms / (24 * hour)))).start;
      return [{ from, to, label: title, event }];
    });
    return { spans: reaching(asked.day, spans) };
  },
};

/** Of an ISO 8601 duration of weeks, days and times. */
function msOf(duration: string): number {
  const parts = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? [];
  const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return ((weeks * 7 + days) * 24 + hours) * hour + (minutes * 60 + seconds) * 1000;
}

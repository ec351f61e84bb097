import type ICAL from 'ical.js';

const dateOnly = /^(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)(?:;(?!VALUE=)[^:\r\n]*)?:(\d{8}(?:,\d{8})*)\s*$/gim;

/** Dates of which many programs do not say that they are dates. */
export const withDates = (text: string): string => text.replaceAll(dateOnly, '$1;VALUE=DATE:$2');

/** ical.js takes no periods as occurrences: their begins are, as long as the event. */
export function periodsToTimes(event: ICAL.Component): void {
  for (const property of event.getAllProperties('rdate')) {
    if (property.type !== 'period') continue;
    const starts = (property.getValues() as ICAL.Period[]).map(({ start }) => start);
    property.resetType('date-time');
    property.setValues(starts);
  }
}

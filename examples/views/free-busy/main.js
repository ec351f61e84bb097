const minutesOfDay = 24 * 60;

/** Whole minutes since the epoch. */
const minutes = (instant) => Math.floor(Date.parse(instant) / 60_000);
const instant = (minute) => new Date(minute * 60_000).toISOString().replace('.000', '');
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Every entry that meets the span and blocks time: when, and nothing else of it. */
async function taken(keep, from, to) {
  const found = [];
  let cursor = null;
  do {
    const page = await keep.events.query({
      profile: 'calendar.example/event',
      filter: {
        'payload.start': { lt: instant(to) },
        'payload.end': { gt: instant(from) },
        'payload.free': { ne: true },
      },
      sort: [{ field: 'payload.start' }],
      fields: ['payload.start', 'payload.end'],
      limit: 1000,
      cursor,
    });
    for (const { payload } of page.items) found.push([minutes(payload.start), minutes(payload.end)]);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}

/** Spans that touch or overlap become one; `spans` are sorted by their start. */
function merged(spans) {
  const whole = [];
  for (const [from, to] of spans) {
    const last = whole.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else whole.push([from, to]);
  }
  return whole;
}

module.exports = async ({ clientCustomData: { monday } }, keep) => {
  const start = minutes(`${monday}T00:00:00Z`);
  const spans = merged(await taken(keep, start, start + 7 * minutesOfDay));
  const days = Array.from({ length: 7 }, (_, day) => {
    const midnight = start + day * minutesOfDay;
    const busy = spans
      .map(([from, to]) => [Math.max(from - midnight, 0), Math.min(to - midnight, minutesOfDay)])
      .filter(([from, to]) => from < to);
    return {
      date: instant(midnight).slice(0, 10),
      busy: busy.map(([from, to]) => ({ from: clock(from), to: clock(to) })),
      busyMinutes: busy.reduce((sum, [from, to]) => sum + to - from, 0),
    };
  });
  return { monday, days };
};

/** Days at once: a few weeks show a habit, years would be a dossier. */
const mostDays = 31;
const dayMs = 24 * 60 * 60 * 1000;
const awake = new Set(['in bed', 'awake']);

/**
 * Figures of each whole day from `from` to `to`. The time zone is fixed with the instance, so that an app can't move
 * the bounds of a day, and by that learn of single hours.
 */
module.exports = async ({ configuration, clientCustomData }, keep) => {
  const { timeZone } = configuration;
  const { from, to } = clientCustomData;
  const [first, last] = [Date.parse(`${from}T00:00:00Z`), Date.parse(`${to}T00:00:00Z`)];
  const count = (last - first) / dayMs + 1;
  if (!(count >= 1 && count <= mostDays))
    throw new Error(`Ask for 1 to ${mostDays} days, such as 2026-03-02 to 2026-03-08.`);
  // A day of any zone lies within these.
  const near = { gte: new Date(first - 2 * dayMs).toISOString(), lt: new Date(last + 2 * dayMs).toISOString() };
  const filter = { 'metadata.createdDate': near };
  const by = (interval) => ({ field: 'metadata.createdDate', interval, timeZone });
  const groupsOf = async (profile, groupBy, measure) =>
    (await keep.events.aggregate({ profile, filter, groupBy, measures: { value: measure } })).groups;
  const localDate = dateIn(timeZone);

  const [steps, hearts, ways, visits, sleeps] = await Promise.all([
    groupsOf('library/step-count', [by('day'), { field: 'payload.device' }], {
      op: 'sum',
      field: 'payload.step_count.value',
    }),
    groupsOf('library/heart-rate', [by('hour')], { op: 'avg', field: 'payload.heart_rate.value' }),
    groupsOf('library/track', [by('day')], { op: 'sum', field: 'payload.distance' }),
    all(keep, {
      profile: 'library/place-visit',
      filter,
      fields: ['payload.name', 'payload.placeId', 'payload.geometry'],
    }),
    all(keep, { profile: 'library/sleep', filter }),
  ]);
  const nights = merged(sleeps.filter(({ payload }) => !awake.has(payload.sleep_stage)).map(intervalOf));
  const figures = (date) => {
    const of = (groups) => groups.filter(({ key }) => key[0].startsWith(date)).map(({ value }) => value);
    const places = visits.filter(({ metadata }) => localDate(metadata.createdDate) === date).map(placeOf);
    // A night counts for the day on which it ended.
    const slept = nights
      .filter(({ end }) => localDate(end) === date)
      .reduce((sum, { begin, end }) => sum + end - begin, 0);
    return {
      date,
      // A phone and a watch count the same steps.
      steps: greatest(of(steps)),
      restingHeartRate: rounded(least(of(hearts))),
      hoursSlept: slept === 0 ? null : Math.round(slept / 360_000) / 10,
      placesVisited: places.length === 0 ? null : new Set(places).size,
      metres: rounded(greatest(of(ways))),
    };
  };
  return {
    days: Array.from({ length: count }, (_, at) => figures(new Date(first + at * dayMs).toISOString().slice(0, 10))),
  };
};

async function all(keep, query) {
  const found = [];
  let cursor = null;
  do {
    const page = await keep.events.query({ ...query, limit: 1000, cursor });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}

function dateIn(timeZone) {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (time) => format.format(new Date(time));
}

function intervalOf({ payload }) {
  const { start_date_time: begin, end_date_time: end } = payload.effective_time_frame.time_interval;
  return { begin: Date.parse(begin), end: Date.parse(end) };
}

/** What several devices and stages say of one night is one. */
function merged(intervals) {
  const nights = [];
  for (const { begin, end } of intervals.toSorted((one, other) => one.begin - other.begin)) {
    const last = nights.at(-1);
    if (last !== undefined && begin <= last.end) last.end = Math.max(last.end, end);
    else nights.push({ begin, end });
  }
  return nights;
}

const placeOf = ({ payload }) =>
  payload.placeId ?? payload.name ?? payload.geometry.coordinates.map((part) => part.toFixed(3)).join();
const greatest = (values) => (values.length === 0 ? null : Math.max(...values));
const least = (values) => (values.length === 0 ? null : Math.min(...values));
const rounded = (value) => (value === null ? null : Math.round(value));

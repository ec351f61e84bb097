import ICAL from 'ical.js';

/** Candidates that the rules of one event may try: 27 years of hours. */
const mostCandidates = 250_000;
let left = mostCandidates;

// A rule that never holds (each 30th of February) is tried for ever by ical.js, which has no bound of its own.
const { prototype } = ICAL.RecurIterator;
// eslint-disable-next-line typescript/unbound-method
const holds = prototype.check_contracting_rules;
prototype.check_contracting_rules = function counted(this: ICAL.RecurIterator): boolean {
  left -= 1;
  if (left < 0) throw new RangeError('its rule (RRULE) names too few moments, or none');
  return holds.call(this);
};

/** From now on the rules of another event are tried. */
export function beginRules(): void {
  left = mostCandidates;
}

import type { NewEvent } from '@datakeep/contracts';

/** The lengths of the runs of one profile in a written list, in their order. */
export function* runsOfProfiles(
  events: readonly Pick<NewEvent, 'profile'>[],
): Iterable<[profile: string, count: number]> {
  let from = 0;
  for (let at = 1; at <= events.length; at += 1) {
    const profile = events[from]?.profile;
    if (profile === undefined || events[at]?.profile === profile) continue;
    yield [profile, at - from];
    from = at;
  }
}

/** `heart rate` of `library/heart-rate`. */
export const profileTitle = (profile: string): string => profile.replace(/^library\//, '').replaceAll('-', ' ');

const list = new Intl.ListFormat('en', { type: 'conjunction' });

export const profilesText = (profiles: readonly string[]): string => list.format(profiles.map(profileTitle));

const members: Readonly<Record<string, string>> = { createdDate: 'when it happened' };

/** `seconds played` of `secondsPlayed`. */
export const memberLabel = (member: string): string =>
  members[member] ?? member.replaceAll('_', ' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** `heart rate` of `library/heart-rate`. */
export const profileTitle = (profile: string): string => profile.replace(/^library\//, '').replaceAll('-', ' ');

const list = new Intl.ListFormat('en', { type: 'conjunction' });

export const profilesText = (profiles: readonly string[]): string => list.format(profiles.map(profileTitle));

const members: Readonly<Record<string, string>> = { createdDate: 'When it happened' };

/** `Seconds played` of `secondsPlayed`. */
export function memberLabel(member: string): string {
  const words = member.replaceAll('_', ' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return members[member] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

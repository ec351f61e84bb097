import type { Right } from '../../components/names/rights.ts';

/** The words before and after the profile's title where the right is the first that is named. */
const withTitle: Readonly<Record<Right, readonly [string, string]>> = {
  read: ['read every ', ' in your keep, past and future'],
  create: ['add events of its own to ', ''],
  modify: ['change any event of ', ', also those of other apps'],
  delete: ['delete any event of ', ', also those of other apps'],
};

const further: Readonly<Record<Right, string>> = {
  read: 'read every one',
  create: 'add its own',
  modify: 'change any of them',
  delete: 'delete any of them',
};

export const rightMeanings: Readonly<Record<Right, string>> = {
  read: 'every event of this profile, those that are there and every new one',
  create: 'events of its own',
  modify: 'any event of this profile',
  delete: 'any event of this profile, for good',
};

const list = new Intl.ListFormat('en', { type: 'conjunction' });

/** `read every ` + title + ` in your keep, past and future, add its own and delete any of them`. */
export function rightsInWords(rights: readonly Right[]): { readonly before: string; readonly after: string } {
  const [first, ...others] = rights;
  if (first === undefined) return { before: '', after: '' };
  const [before, after] = withTitle[first];
  const rest = others.map((right) => further[right]);
  if (rest.length === 0) return { before, after };
  return { before, after: `${after}, ${rest.length > 1 ? `${rest.slice(0, -1).join(', ')} ` : ''}and ${rest.at(-1)}` };
}

/** `reading and adding`. */
export function rightsAsNouns(rights: readonly Right[]): string {
  const nouns: Readonly<Record<Right, string>> = {
    read: 'reading',
    create: 'adding',
    modify: 'changing',
    delete: 'deleting',
  };
  return list.format(rights.map((right) => nouns[right]));
}

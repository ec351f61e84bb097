import { ImportFault } from '../importer.ts';

/** How the columns of a table become members of events of one profile. */
export interface CsvMapping {
  readonly profile: string;
  /** Columns by the member that each fills: `createdDate`, `latitude`, `longitude`, or one of the profile. */
  readonly columns: Readonly<Record<string, string>>;
  /** What every event has. */
  readonly constants: Readonly<Record<string, string>>;
}

/** As the profile library has it. */
export interface TableProfile {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

interface Member {
  readonly type?: string;
  readonly format?: string;
}

export const membersOf = ({ schema }: TableProfile): Readonly<Record<string, Member>> =>
  (schema as { readonly properties?: Readonly<Record<string, Member>> }).properties ?? {};
const requiredOf = ({ schema }: TableProfile): readonly string[] =>
  (schema as { readonly required?: readonly string[] }).required ?? [];

const otherNames: Readonly<Record<string, readonly string[]>> = {
  createdDate: ['date', 'time', 'timestamp', 'datetime', 'when', 'datum', 'buchungstag', 'bookingdate', 'createdat'],
  latitude: ['lat', 'breite'],
  longitude: ['lon', 'lng', 'long', 'laenge'],
  amount: ['betrag', 'value', 'sum'],
  currency: ['waehrung', 'währung'],
  counterparty: ['payee', 'payer', 'name', 'merchant', 'beguenstigter', 'empfaenger'],
  purpose: ['verwendungszweck', 'memo', 'reference', 'description', 'details'],
  title: ['name', 'track', 'trackname', 'booktitle', 'subject'],
  artist: ['artistname', 'author'],
  album: ['albumname'],
  text: ['note', 'body', 'content', 'entry'],
  url: ['link', 'address', 'href'],
  application: ['app', 'program'],
  spent: ['duration', 'seconds'],
  played: ['secondsplayed'],
  date: ['day'],
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** A member's column: of its own name, or of one that it often has. */
function columnFor(member: string, header: readonly string[]): string | undefined {
  const names = [plain(member), ...(otherNames[member] ?? []).map(plain)];
  for (const name of names) {
    const column = header.find((given) => plain(given) === name);
    if (column !== undefined) return column;
  }
  return undefined;
}

/**
 * The mapping for a header: what is given, and the rest by the columns' names. Where no profile is given, that of which
 * all required members and the most columns are there. Throws `ImportFault` where none is.
 */
export function proposeMapping(
  header: readonly string[],
  profiles: readonly TableProfile[],
  given: Partial<CsvMapping> = {},
): CsvMapping {
  for (const column of Object.values(given.columns ?? {}))
    if (!header.includes(column))
      throw new ImportFault(`There is no column ${column}. Columns are: ${header.join(', ')}.`);
  const candidates = profiles.filter(({ name }) => given.profile === undefined || name === given.profile);
  if (candidates.length === 0) throw new ImportFault(`The library has no profile ${given.profile}.`);
  const proposals = candidates.map((profile) => {
    const constants = given.constants ?? {};
    const members = [...('geometry' in membersOf(profile) ? ['latitude', 'longitude'] : []), ...scalarMembers(profile)];
    const columns: Record<string, string> = { ...given.columns };
    for (const member of ['createdDate', ...members]) {
      if (member in columns || member in constants) continue;
      const column = columnFor(member, header);
      if (column !== undefined && !Object.values(columns).includes(column)) columns[member] = column;
    }
    for (const member of Object.keys({ ...columns, ...constants }))
      if (member !== 'createdDate' && !members.includes(member) && given.profile !== undefined)
        throw new ImportFault(`${profile.name} has no member ${member} that a column can fill.`);
    const missing = ['createdDate', ...requiredOf(profile)].filter((member) =>
      member === 'geometry'
        ? !('latitude' in columns && 'longitude' in columns)
        : !(member in { ...columns, ...constants }),
    );
    const fits = Object.keys(columns).every((member) => member === 'createdDate' || members.includes(member));
    return { mapping: { profile: profile.name, columns, constants }, missing, fits };
  });
  const whole = proposals
    .filter(({ missing, fits }) => fits && missing.length === 0)
    .toSorted((one, other) => Object.keys(other.mapping.columns).length - Object.keys(one.mapping.columns).length)[0];
  if (whole) return whole.mapping;
  const why =
    given.profile === undefined
      ? 'No profile of the library fits these columns by their names: give --profile and --map COLUMN=MEMBER.'
      : `Give --map COLUMN=MEMBER or --set MEMBER=VALUE for ${proposals[0]!.missing.join(', ')} of ${given.profile}.`;
  throw new ImportFault(`${why} Columns are: ${header.join(', ')}.`);
}

function scalarMembers(profile: TableProfile): string[] {
  return Object.entries(membersOf(profile))
    .filter(([, member]) => !['object', 'array'].includes(member.type ?? 'string'))
    .map(([name]) => name);
}

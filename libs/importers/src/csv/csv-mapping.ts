import { ImportFault } from '../importer.ts';

/** How the columns of a table become members of events of one profile. */
export interface CsvMapping {
  /** The columns' names fill nothing besides. */
  readonly isComplete?: boolean;
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
    const column = header.find((title) => plain(title) === name);
    if (column !== undefined) return column;
  }
  return undefined;
}

/** How a table would be read, for a form. */
export interface TableForm {
  readonly header: readonly string[];
  /** Absent where no profile is given and none fits. */
  readonly mapping?: CsvMapping;
  /** Members that the mapping needs besides. */
  readonly missing: readonly string[];
}

/**
 * The mapping for a header: what is given, and the rest by the columns' names. Where no profile is given, that of which
 * all required members and the most columns are there. Throws `ImportFault` for what is given and is not there.
 */
export function proposeForm(
  header: readonly string[],
  profiles: readonly TableProfile[],
  options: Partial<CsvMapping> = {},
): TableForm {
  for (const column of Object.values(options.columns ?? {}))
    if (!header.includes(column))
      throw new ImportFault(`There is no column ${column}. Columns are: ${header.join(', ')}.`);
  const candidates = profiles.filter(({ name }) => options.profile === undefined || name === options.profile);
  if (candidates.length === 0) throw new ImportFault(`The library has no profile ${options.profile}.`);
  const proposals = candidates.map((profile) => proposalOf(header, profile, options));
  const whole = proposals
    .filter(({ fits, missing }) => fits && missing.length === 0)
    .toSorted((one, other) => Object.keys(other.mapping.columns).length - Object.keys(one.mapping.columns).length)[0];
  if (whole) return { header, mapping: whole.mapping, missing: [] };
  const { mapping, missing } = proposals[0]!;
  return options.profile === undefined ? { header, missing: [] } : { header, mapping, missing };
}

/** The mapping of a form that is whole; throws `ImportFault` for another. */
export function wholeMapping({ header, mapping, missing }: TableForm): CsvMapping {
  if (mapping && missing.length === 0) return mapping;
  const why = mapping
    ? `Give --map COLUMN=MEMBER or --set MEMBER=VALUE for ${missing.join(', ')} of ${mapping.profile}.`
    : 'No profile of the library fits these columns by their names: give --profile and --map COLUMN=MEMBER.';
  throw new ImportFault(`${why} Columns are: ${header.join(', ')}.`);
}

function proposalOf(header: readonly string[], profile: TableProfile, options: Partial<CsvMapping>) {
  const constants = options.constants ?? {};
  const members = tableMembers(profile).map(({ name }) => name);
  const columns: Record<string, string> = { ...options.columns };
  for (const member of options.isComplete ? [] : members) {
    if (member in columns || member in constants) continue;
    const column = columnFor(member, header);
    if (column !== undefined && !Object.values(columns).includes(column)) columns[member] = column;
  }
  for (const member of Object.keys({ ...columns, ...constants }))
    if (!members.includes(member) && options.profile !== undefined)
      throw new ImportFault(`${profile.name} has no member ${member} that a column can fill.`);
  const missing = ['createdDate', ...requiredOf(profile)].filter((member) =>
    member === 'geometry'
      ? !('latitude' in columns && 'longitude' in columns)
      : !(member in { ...columns, ...constants }),
  );
  const fits = Object.keys(columns).every((member) => members.includes(member));
  const isComplete = options.isComplete ? { isComplete: true } : {};
  return { mapping: { profile: profile.name, columns, constants, ...isComplete }, missing, fits };
}

/** What columns can fill, in the order of a form. */
export function tableMembers(
  profile: TableProfile,
): readonly { readonly name: string; readonly isRequired: boolean }[] {
  const required = requiredOf(profile);
  const place = 'geometry' in membersOf(profile) ? ['latitude', 'longitude'] : [];
  const inPlace = required.includes('geometry');
  return [
    { name: 'createdDate', isRequired: true },
    ...place.map((name) => ({ name, isRequired: inPlace })),
    ...scalarMembers(profile).map((name) => ({ name, isRequired: required.includes(name) })),
  ];
}

function scalarMembers(profile: TableProfile): string[] {
  return Object.entries(membersOf(profile))
    .filter(([, member]) => !['object', 'array'].includes(member.type ?? 'string'))
    .map(([name]) => name);
}

import { parse } from 'csv-parse';
import { identifierOf } from '../identifier.ts';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { headOf, textOf } from '../source-text.ts';
import {
  type CsvMapping,
  membersOf,
  proposeForm,
  type TableForm,
  type TableProfile,
  wholeMapping,
} from './csv-mapping.ts';
import { readDate, readNumber, type ValueRules } from './csv-values.ts';

export interface CsvOptions extends ValueRules {
  readonly profiles: readonly TableProfile[];
  readonly mapping?: Partial<CsvMapping> | undefined;
  readonly encoding?: string | undefined;
}

const longestRow = 1024 * 1024;

/** A first line of two cells or more, and neither XML nor JSON nor binary. */
export const isCsv = (head: string): boolean =>
  delimiterOf(head) !== undefined && !head.includes('\u0000') && !/^\s*(<|\{|\[\s*[{[])/.test(head);

function delimiterOf(head: string): string | undefined {
  const line = head.split(/\r?\n/, 1)[0] ?? '';
  const counts = [',', ';', '\t'].map((sign) => [line.split(sign).length - 1, sign] as const);
  const [count, sign] = counts.toSorted((one, other) => other[0] - one[0])[0]!;
  return count > 0 ? sign : undefined;
}

export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Rows with the line that each begins at; the first is the header. */
export async function* rowsOf(
  source: Source,
  { encoding }: Pick<CsvOptions, 'encoding'>,
): AsyncGenerator<Row, void, undefined> {
  const delimiter = delimiterOf(await headOf(source)) ?? ',';
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  let parsed: Parsed[] = [];
  parser.on('data', (row: Parsed) => parsed.push(row));
  // Faults come to those who wait for what they wrote.
  parser.on('error', () => undefined);
  let line = 1;
  const take = function* (): Generator<Row, void, undefined> {
    for (const { record, info } of parsed) {
      yield { line, cells: record };
      line = info.lines + 1;
    }
    parsed = [];
  };
  try {
    for await (const text of textOf(source, encoding)) {
      await done((settle) => parser.write(text, settle));
      yield* take();
    }
    await done((settle) => {
      parser.on('error', settle);
      parser.on('end', settle);
      parser.end();
    });
    yield* take();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof ImportFault) throw error;
    throw new ImportFault(`line ${line}: ${error.message}`, { cause: error });
  }
}

const done = (begin: (settle: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    begin((error) => (error ? reject(error) : resolve()));
  });

/** How the file would be read, as it is given and as its header proposes. */
export async function tableFormOf(source: Source, options: CsvOptions): Promise<TableForm> {
  for await (const { cells } of rowsOf(source, options))
    return proposeForm(
      cells.map((name) => name.trim()),
      options.profiles,
      options.mapping,
    );
  throw new ImportFault('The file is empty.');
}

export const mappingFor = async (source: Source, options: CsvOptions): Promise<CsvMapping> =>
  wholeMapping(await tableFormOf(source, options));

/**
 * One event of each row. Its identifier is made of all of its cells, and of how many equal rows stood directly before
 * it, so that two equal ones in a row are two events.
 */
export async function* readCsv(source: Source, options: CsvOptions): AsyncGenerator<ImportItem, void, undefined> {
  const mapping = await mappingFor(source, options);
  const profile = options.profiles.find(({ name }) => name === mapping.profile)!;
  let header: readonly string[] | undefined;
  let former = '';
  let equal = 0;
  for await (const { line, cells } of rowsOf(source, options)) {
    if (!header) {
      header = cells.map((name) => name.trim());
      continue;
    }
    if (cells.length !== header.length) {
      const reason = `The row has ${cells.length} cells, and the header has ${header.length}.`;
      yield { kind: 'refused', line, reason };
      continue;
    }
    const content = JSON.stringify(cells);
    equal = content === former ? equal + 1 : 0;
    former = content;
    const row = new Map(header.map((name, index) => [name, cells[index]!]));
    const made = memberValues(row, mapping, profile, options);
    if (typeof made === 'string') yield { kind: 'refused', line, reason: made };
    else
      yield {
        kind: 'event',
        profile: mapping.profile,
        identifier: identifierOf('csv', [mapping.profile, header, cells, equal]),
        ...made,
        line,
      };
  }
}

interface Made {
  readonly createdDate: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The event's own part, or why there is none. */
function memberValues(
  row: ReadonlyMap<string, string>,
  { columns, constants }: CsvMapping,
  profile: TableProfile,
  rules: ValueRules,
): Made | string {
  const members = membersOf(profile);
  const texts = [
    ...Object.entries(columns).map(([member, column]) => [member, row.get(column) ?? '', column] as const),
    ...Object.entries(constants).map(([member, value]) => [member, value, member] as const),
  ];
  const payload: Record<string, unknown> = {};
  const place = new Map<string, number>();
  let createdDate: string | undefined;
  for (const [member, given, column] of texts) {
    const text = given.trim();
    if (text === '') continue;
    const { type, format } = members[member] ?? {};
    const isDate = member === 'createdDate' || format === 'date' || format === 'date-time';
    const isNumber = type === 'number' || type === 'integer' || member === 'latitude' || member === 'longitude';
    const value = isDate ? readDate(text, rules) : isNumber ? readNumber(text, rules) : text;
    if (value === undefined) return `${column}: this is no ${isDate ? 'date' : 'number'} that is known here.`;
    if (member === 'createdDate') createdDate = String(value);
    else if (member === 'latitude' || member === 'longitude') place.set(member, Number(value));
    else payload[member] = format === 'date' ? String(value).slice(0, 10) : value;
  }
  if (createdDate === undefined) return `${columns['createdDate']}: the row has no date.`;
  const [latitude, longitude] = [place.get('latitude'), place.get('longitude')];
  if (latitude !== undefined && longitude !== undefined)
    payload['geometry'] = { type: 'Point', coordinates: [longitude, latitude] };
  return { createdDate, payload };
}

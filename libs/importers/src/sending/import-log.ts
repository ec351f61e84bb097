import { ImportFault } from '../importer.ts';
import { membersOf } from '../json/json-values.ts';

/** Ids of events that were not there before, of one profile. */
export interface Created {
  readonly profile: string;
  readonly created: readonly string[];
}

interface Begun {
  readonly datakeepImport: 1;
  readonly url: string;
  readonly file: string;
}

/** The log of an import is NDJSON: what it was of, then what it added. By it the import is undone. */
export const firstLine = (url: string, file: string): string => lineOf({ datakeepImport: 1, url, file });
export const createdLine = (line: Created): string => lineOf(line);

const lineOf = (line: Begun | Created): string => `${JSON.stringify(line)}\n`;

/** By the begin of a file. */
export const isImportLog = (head: string): boolean => head.startsWith('{"datakeepImport":1,');

/** What the log, given by its lines, says was added to the keep at `url`, in the order in which it was. */
export async function* readImportLog(
  lines: AsyncIterable<string>,
  name: string,
  url: string,
): AsyncGenerator<Created, void, undefined> {
  let isFirst = true;
  for await (const text of lines) {
    if (isFirst) checkLog(text, name, url);
    isFirst = false;
    const { profile, created } = parsed(text);
    if (profile !== undefined && Array.isArray(created)) yield { profile, created };
  }
}

/** Throws `ImportFault` where that is not the first line of the log of an import into the keep at `url`. */
export function checkLog(line: string, name: string, url: string): void {
  const { datakeepImport, url: into = '' } = parsed(line);
  if (datakeepImport === undefined) throw new ImportFault(`${name} is no report of an import.`);
  if (addressOf(into) !== addressOf(url))
    throw new ImportFault(`${name} is the report of an import into ${into}, not into ${url}.`);
}

/** Without the slash that a URL may end with. */
const addressOf = (url: string): string => (URL.canParse(url) ? new URL(url).href : url).replace(/\/$/, '');

/** Nothing of a line that a kill cut. */
function parsed(text: string): Partial<Begun & Created> {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {};
  }
}

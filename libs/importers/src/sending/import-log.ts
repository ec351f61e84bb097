import { ImportFault } from '../importer.ts';

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
    const line = parsed(text);
    if (isFirst) {
      if (!line || !('datakeepImport' in line)) throw new ImportFault(`${name} is no report of an import.`);
      if (line.url !== url)
        throw new ImportFault(`${name} is the report of an import into ${line.url}, not into ${url}.`);
      isFirst = false;
    } else if (line && 'created' in line) yield line;
  }
}

/** Undefined for a line that a kill cut. */
function parsed(text: string): Begun | Created | undefined {
  try {
    return JSON.parse(text) as Begun | Created;
  } catch {
    return undefined;
  }
}

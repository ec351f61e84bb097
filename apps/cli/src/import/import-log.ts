import { closeSync, createReadStream, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { NotDone } from '../outcome.ts';

interface Begun {
  readonly datakeepImport: 1;
  readonly url: string;
  readonly file: string;
}
interface Created {
  readonly profile: string;
  /** Ids of events that were not there before. */
  readonly created: readonly string[];
}

/** What imports of one file added, as lines of JSON beside it: by this they are undone. */
export class ImportLog {
  readonly path: string;
  readonly #file: number;

  constructor(path: string, url: string, file: string) {
    this.path = path;
    const isThere = existsSync(path);
    this.#file = openSync(path, 'a', 0o600);
    if (!isThere) this.#write({ datakeepImport: 1, url, file } satisfies Begun);
  }

  add(line: Created): void {
    if (line.created.length > 0) this.#write(line);
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #write(line: Begun | Created): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/** What the log says was added to the keep at `url`, in the order in which it was. */
export async function* readImportLog(path: string, url: string): AsyncGenerator<Created, void, undefined> {
  if (!existsSync(path)) throw new NotDone(`There is no report ${path}.`);
  let isFirst = true;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = parsed(text);
    if (isFirst) {
      if (!line || !('datakeepImport' in line)) throw new NotDone(`${path} is no report of an import.`);
      if (line.url !== url) throw new NotDone(`${path} is of an import into ${line.url}, not into ${url}.`);
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

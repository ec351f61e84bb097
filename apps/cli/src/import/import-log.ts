import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type Created, createdLine, firstLine } from '@datakeep/importers';

/** What imports of one file added, beside it: by this they are undone. */
export class ImportLog {
  readonly path: string;
  readonly #file: number;

  constructor(path: string, url: string, file: string) {
    this.path = path;
    const isThere = existsSync(path);
    this.#file = openSync(path, 'a', 0o600);
    if (!isThere) writeSync(this.#file, firstLine(url, file));
  }

  add(line: Created): void {
    writeSync(this.#file, createdLine(line));
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}

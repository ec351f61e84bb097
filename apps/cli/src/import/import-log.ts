import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { checkLog, type Created, createdLine, firstLine } from '@datakeep/importers';

const longestFirstLine = 64 * 1024;

/** What imports of one file added, beside it: by this they are undone. */
export class ImportLog {
  readonly path: string;
  readonly #file: number;

  /** Goes on with what is there; throws `ImportFault` where that is no report of imports into the same keep. */
  constructor(path: string, url: string, file: string) {
    this.path = path;
    this.#file = openSync(path, 'a+', 0o600);
    const { size } = fstatSync(this.#file);
    if (size === 0) writeSync(this.#file, firstLine(url, file));
    else this.#goOn(size, url);
  }

  add(line: Created): void {
    writeSync(this.#file, createdLine(line));
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #goOn(size: number, url: string): void {
    checkLog(this.#textAt(0, longestFirstLine).split('\n', 1)[0]!, this.path, url);
    // A line that was cut, as on a full disk, would take the next one with it.
    if (this.#textAt(size - 1, 1) !== '\n') writeSync(this.#file, '\n');
  }

  #textAt(position: number, length: number): string {
    const bytes = Buffer.alloc(length);
    return bytes.toString('utf8', 0, readSync(this.#file, bytes, { position }));
  }
}

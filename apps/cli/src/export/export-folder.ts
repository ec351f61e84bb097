import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makePrivateFolder } from '@datakeep/kernel';

/** The folder of an export: 0700, its files 0600. Paths are written with `/`. */
export class ExportFolder {
  readonly path: string;

  /** Makes the folder; it must not be there. */
  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { mode: 0o700 });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  write(path: string, text: string): void {
    makePrivateFolder(dirname(join(this.path, path)));
    writeFileSync(join(this.path, path), text, { mode: 0o600, flag: 'wx' });
  }

  /** One JSON text a line; the number of lines. */
  writeLines(path: string, items: AsyncIterable<unknown>): Promise<number> {
    return this.writeTexts(path, linesOf(items));
  }

  /** Texts as they come; their number. */
  async writeTexts(path: string, texts: AsyncIterable<string>): Promise<number> {
    makePrivateFolder(dirname(join(this.path, path)));
    let count = 0;
    const counted = async function* (): AsyncGenerator<string, void, undefined> {
      for await (const text of texts) {
        count += 1;
        yield text;
      }
    };
    await pipeline(counted, createWriteStream(join(this.path, path), { mode: 0o600, flags: 'wx' }));
    return count;
  }
}

async function* linesOf(items: AsyncIterable<unknown>): AsyncGenerator<string, void, undefined> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}

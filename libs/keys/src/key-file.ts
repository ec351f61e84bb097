import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makePrivateFolder } from '@datakeep/kernel';

/** One key as it lies in the file; `secret` is base64url, `createdAt` ms since the epoch. */
export interface StoredKey {
  readonly kid: string;
  readonly secret: string;
  readonly createdAt: number;
}

/** The file's content: `current` signs, `previous` (if any) still verifies. */
export interface StoredKeys {
  readonly format: 1;
  readonly current: StoredKey;
  readonly previous: StoredKey | null;
}

/**
 * `<DATA_DIR>/keys/signing-keys.json`, folder 0700, file 0600. Written whole: a temporary file beside it, fsync, then
 * put in place, so a crash leaves the old or the new one.
 */
export class KeyFile {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'keys', 'signing-keys.json');
  }

  /**
   * The keys, or `undefined` when there is no file yet. Throws when the file is damaged; the message never holds its
   * content.
   */
  read(): StoredKeys | undefined {
    const text = this.#readText();
    if (text === undefined) return undefined;
    const keys = parseKeys(text);
    if (!keys)
      throw new Error(
        `${this.#path} is damaged: restore it from a backup, or remove it (every token ever given out is then void).`,
      );
    return keys;
  }

  /** Makes the file, unless another process just did: then that process's keys count, and are returned. */
  create(keys: StoredKeys): StoredKeys {
    makePrivateFolder(dirname(this.#path));
    chmodSync(dirname(this.#path), 0o700);
    this.#put(keys, (temporary) => {
      try {
        // link, unlike rename, fails when the name is taken, so of two first starts at once one wins.
        linkSync(temporary, this.#path);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
    });
    return this.read() ?? keys;
  }

  replace(keys: StoredKeys): void {
    this.#put(keys, (temporary) => renameSync(temporary, this.#path));
  }

  /** Removes what a process left that died while it wrote the file, more than a minute before `now`. */
  sweep(now: number): void {
    const folder = dirname(this.#path);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const path = join(folder, name);
      if (path.startsWith(`${this.#path}.`) && name.endsWith('.tmp') && statSync(path).mtimeMs < now - 60_000)
        rmSync(path, { force: true });
    }
  }

  #readText(): string | undefined {
    try {
      if ((statSync(this.#path).mode & 0o077) !== 0) chmodSync(this.#path, 0o600);
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #put(keys: StoredKeys, place: (temporary: string) => void): void {
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      writeFileSync(temporary, `${JSON.stringify(keys, null, 2)}\n`, { flag: 'wx', mode: 0o600, flush: true });
      place(temporary);
    } finally {
      rmSync(temporary, { force: true });
    }
    this.#syncFolder();
  }

  #syncFolder(): void {
    const folder = openSync(dirname(this.#path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

function parseKeys(text: string): StoredKeys | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { format, current, previous } = value as Record<string, unknown>;
  if (format !== 1 || !isStoredKey(current) || (previous !== null && !isStoredKey(previous))) return undefined;
  return { format, current, previous };
}

function isStoredKey(value: unknown): value is StoredKey {
  if (typeof value !== 'object' || value === null) return false;
  const { kid, secret, createdAt } = value as Record<string, unknown>;
  return (
    typeof kid === 'string' &&
    kid !== '' &&
    typeof createdAt === 'number' &&
    typeof secret === 'string' &&
    /^[A-Za-z0-9_-]{43,}$/.test(secret)
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

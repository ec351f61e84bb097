import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { makePrivateFolder } from '@datakeep/kernel';
import { countRows, integrityFault } from '@datakeep/sqlite';
import { createTarDecoder } from 'modern-tar';
import { BackupError, systemFault } from './backup-error.ts';
import { type Manifest, type ManifestFile, manifestName, parseManifest } from './manifest.ts';
import type { OnProgress } from './progress.ts';
import { chunksOf, fromWeb, toWeb } from './web-streams.ts';

/** A manifest of 100,000 files takes 15 MiB. */
const longestManifest = 64 * 1024 * 1024;

export interface UnpackOptions {
  /** The archive. */
  readonly source: Readable;
  readonly passphrase: string;
  /** An empty folder, for the files. */
  readonly into: string;
  readonly step: 'check' | 'unpack';
  readonly onProgress: OnProgress;
}

/**
 * Decrypts and unpacks a backup, and checks all of it: every file with its length and digest and no other, every
 * database with SQLite's integrity check and the number of rows in each table. Throws `BackupError`; what lies in the
 * folder then is of no use.
 */
export async function unpackBackup(options: UnpackOptions): Promise<Manifest> {
  const { into } = options;
  let manifest: Manifest;
  try {
    manifest = await unpackFiles(options);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    if ((error as NodeJS.ErrnoException).syscall !== undefined)
      throw new BackupError(`The backup could not be read or unpacked: ${systemFault(error)}.`, { cause: error });
    throw new BackupError('The file is damaged: it is cut off, or some of its bytes are not what was written.', {
      cause: error,
    });
  } finally {
    options.source.destroy();
  }
  for (const { path, rows } of manifest.files) if (rows !== undefined) checkDatabase(join(into, path), path, rows);
  return manifest;
}

async function unpackFiles({ source, passphrase, into, step, onProgress }: UnpackOptions): Promise<Manifest> {
  const compressed = await decrypt(source, passphrase);
  const tar = fromWeb(compressed).compose(createZstdDecompress());
  const entries = toWeb(tar).pipeThrough(createTarDecoder({ strict: true }));
  let manifest: Manifest | undefined;
  const waiting = new Map<string, ManifestFile>();
  let done = 0;
  let of = 0;
  for await (const { header, body } of chunksOf(entries)) {
    const chunks = chunksOf(body);
    if (manifest === undefined) {
      if (header.name !== manifestName || header.size > longestManifest)
        throw new BackupError('The archive does not begin with a manifest, so it is no backup of a keep.');
      manifest = parseManifest(await textOf(chunks));
      for (const file of manifest.files) waiting.set(file.path, file);
      of = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
      continue;
    }
    const file = waiting.get(header.name);
    if (file === undefined || header.type !== 'file' || header.size !== file.bytes)
      throw new BackupError(
        `The archive holds ${JSON.stringify(header.name.slice(0, 100))}, which its manifest does not describe so.`,
      );
    waiting.delete(file.path);
    const sha256 = await writeFile(join(into, file.path), chunks, (bytes) =>
      onProgress({ step, done: (done += bytes), of }),
    );
    if (sha256 !== file.sha256)
      throw new BackupError(`${file.path} in the backup is not what was put in: its digest differs.`);
  }
  if (manifest === undefined) throw new BackupError('The archive is empty.');
  const [missing] = waiting.keys();
  if (missing !== undefined) throw new BackupError(`The backup is cut off: ${missing} is missing.`);
  return manifest;
}

async function decrypt(source: Readable, passphrase: string): Promise<globalThis.ReadableStream<Uint8Array>> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(toWeb(source));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const { message } = error as Error;
    if (message.includes('no identity matched'))
      throw new BackupError('The passphrase does not open the backup.', { code: 'wrong-passphrase' });
    throw new BackupError('The file is no backup of a keep, or its beginning is damaged.', { cause: error });
  }
}

/** Writes a file (0600) and syncs it; the SHA-256 of what was written. */
async function writeFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  wrote: (bytes: number) => void,
): Promise<string> {
  makePrivateFolder(dirname(path));
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await file.writeFile(chunk);
      wrote(chunk.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

function checkDatabase(file: string, path: string, rows: Readonly<Record<string, number>>): void {
  const fault = integrityFault(file);
  if (fault !== undefined) throw new BackupError(`${path} in the backup is not whole: ${fault}`);
  const counted = countRows(file);
  for (const table of new Set([...Object.keys(rows), ...Object.keys(counted)]))
    if (rows[table] !== counted[table])
      throw new BackupError(
        `${path} in the backup has ${counted[table] ?? 'no'} rows of ${table}, ` +
          `and its manifest says ${rows[table] ?? 'none'}.`,
      );
}

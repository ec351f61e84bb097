import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { packTar } from 'modern-tar/fs';
import { type Manifest, manifestName } from './manifest.ts';
import type { OnProgress } from './progress.ts';
import { fromWeb, toWeb } from './web-streams.ts';

export interface PackOptions {
  /** Holds the files of the manifest. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly passphrase: string;
  /** Of scrypt, as a power of two; default 18: 256 MiB and about a second. */
  readonly workFactor?: number | undefined;
  readonly onProgress: OnProgress;
}

/** Writes tar, in zstd, in age's format with a passphrase: `age -d FILE | zstd -d | tar -x` opens it. */
export async function packBackup(options: PackOptions, into: Writable): Promise<void> {
  const { folder, manifest, passphrase, workFactor = 18, onProgress } = options;
  // Loaded where a backup is made: each start of a keep would take a thirtieth longer.
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  const of = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const measured = new Transform({
    transform: (chunk: Buffer, _encoding, next) => {
      done += chunk.length;
      onProgress({ step: 'pack', done: Math.min(done, of), of });
      next(null, chunk);
    },
  });
  const mtime = new Date(manifest.createdDate);
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const tar = packTar([
    { type: 'content', content: text, target: manifestName, mode: 0o600, mtime },
    ...manifest.files.map(({ path, bytes }) => ({
      type: 'stream' as const,
      content: createLater(join(folder, path)),
      target: path,
      size: bytes,
      mode: 0o600,
      mtime,
    })),
  ]);
  const compressed = createZstdCompress();
  const packed = pipeline(tar, measured, compressed);
  // Its error reaches the reader of `compressed` too, and is thrown from there.
  packed.catch(() => undefined);
  const encrypted = await encrypter.encrypt(toWeb(compressed));
  await pipeline(fromWeb(encrypted), into);
  await packed;
}

/** The file's content, opened when it is its turn: a keep may have thousands. */
function createLater(path: string): Readable {
  return Readable.from(
    (async function* () {
      yield* createReadStream(path, { highWaterMark: 256 * 1024 });
    })(),
    { objectMode: false },
  );
}

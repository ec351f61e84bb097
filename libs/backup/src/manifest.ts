import { BackupError } from './backup-error.ts';

/** Version of the archive's layout. A backup of a later one is refused before anything is touched. */
export const formatVersion = 1;

/** The first entry of the archive. */
export const manifestName = 'manifest.json';

export interface ManifestFile {
  /** In DATA_DIR, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Rows of each table, for a database. */
  readonly rows?: Readonly<Record<string, number>>;
}

export interface Manifest {
  readonly format: number;
  /** Version of Datakeep that made it. */
  readonly datakeep: string;
  /** The moment that the backup is of, ISO 8601. */
  readonly createdDate: string;
  readonly files: readonly ManifestFile[];
}

const leastPassphrase = 12;

/** Throws where a backup may not be made with it. */
export function checkPassphrase(passphrase: string): void {
  if ([...passphrase].length < leastPassphrase)
    throw new BackupError(`A passphrase has at least ${leastPassphrase} characters.`);
  if (/[\r\n\0]/.test(passphrase)) throw new BackupError('A passphrase is one line.');
}

/** The manifest of an archive. Throws for a later format, and for a path that leads out of the folder. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw noBackup();
  }
  if (typeof value !== 'object' || value === null) throw noBackup();
  const { format, datakeep, createdDate, files } = value as Partial<Record<keyof Manifest, unknown>>;
  if (typeof format === 'number' && Number.isInteger(format) && format > formatVersion)
    throw new BackupError(
      `The backup has format ${format}, and this Datakeep reads up to format ${formatVersion}: ` +
        'use the Datakeep that made it, or a later one.',
    );
  if (format !== formatVersion || typeof datakeep !== 'string' || typeof createdDate !== 'string') throw noBackup();
  if (Number.isNaN(Date.parse(createdDate)) || !Array.isArray(files) || !files.every(isManifestFile)) throw noBackup();
  for (const { path } of files) checkPath(path);
  if (new Set(files.map(({ path }) => path)).size !== files.length) throw noBackup();
  return { format, datakeep, createdDate, files };
}

/** Throws for a path that is absolute, leads upwards or is not written plainly. */
export function checkPath(path: string): void {
  const isPlain = path.length <= 500 && /^[A-Za-z0-9._/-]+$/.test(path) && path !== manifestName;
  if (!isPlain || path.split('/').some((name) => name === '' || name === '.' || name === '..'))
    throw new BackupError(
      `The archive names a file ${JSON.stringify(path.slice(0, 100))}, which is no path in a keep.`,
    );
}

function isManifestFile(value: unknown): value is ManifestFile {
  if (typeof value !== 'object' || value === null) return false;
  const { path, bytes, sha256, rows } = value as Partial<Record<keyof ManifestFile, unknown>>;
  return (
    typeof path === 'string' &&
    typeof bytes === 'number' &&
    Number.isSafeInteger(bytes) &&
    bytes >= 0 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    (rows === undefined || (typeof rows === 'object' && rows !== null && !Array.isArray(rows)))
  );
}

function noBackup(): BackupError {
  return new BackupError('The file is encrypted with this passphrase, and is no backup of a keep.');
}

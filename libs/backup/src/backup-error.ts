import { ownersReason } from '@datakeep/kernel';

/** Why a backup was not made, is not good or was not restored, in one line for the owner. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  /** Set where the caller can mend it by another passphrase. */
  readonly code: 'wrong-passphrase' | undefined;

  constructor(message: string, options: ErrorOptions & { readonly code?: 'wrong-passphrase' | undefined } = {}) {
    super(message, options);
    this.code = options.code;
  }
}

/** The line for an error of the system, such as a full disk. */
export function systemFault(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the quota of the disk is used up';
    case 'EFBIG':
      return 'the file would be larger than the system allows';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not do that there';
    case 'EROFS':
      return 'the disk can only be read';
    case 'ENOENT':
      return 'the file or folder is not there';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of the path is no folder';
    default:
      return ownersReason(error);
  }
}

/** A backup of DATA_DIR: taken at one moment, packed, encrypted, read back, and put in place again. */
export { BackupError, systemFault } from './backup-error.ts';
export {
  backupName,
  backupsFolder,
  backupsPart,
  beginBackup,
  type BackupsFolder,
  isBackupUnderWay,
  clearBackups,
  makeWorkFolder,
  partialEnding,
  scheduleFile,
} from './backups-folder.ts';
export { claimOf, databasesOf } from './claims.ts';
export { controlSocket, longestSocketPath } from './control-socket.ts';
export { type BeforeUpgrade, keepBeforeUpgrade, sweepFormer } from './before-upgrade.ts';
export { isLater, keepFormer, outdatedIn } from './former-release.ts';
export { lockDataDir } from './lock-data-dir.ts';
export { checkPassphrase, formatVersion, type Manifest } from './manifest.ts';
export { checkTarget, giveName, makeBackup } from './make-backup.ts';
export type { OnProgress, Progress } from './progress.ts';
export { takeSnapshot, type Snapshot } from './snapshot.ts';
export { unpackBackup } from './unpack-backup.ts';
export { replaceFile, syncPath } from './replace-file.ts';
export { removeExpired } from './retention.ts';
export { finishRestore, nameOfBefore, placeStaged, restoreBackup, stageRestore } from './restore-backup.ts';

import type { RuntimeReport } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

const day = 86_400_000;
const oldBackupMs = 8 * day;

/** What one check found. `advice` says what to do. */
export interface Finding {
  readonly check: string;
  readonly state: 'well' | 'warning' | 'fault';
  readonly found: string;
  readonly advice?: string;
}

export const well = (check: string, found: string): Finding => ({ check, state: 'well', found });

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'warning',
  found,
  advice,
});

export const fault = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'fault',
  found,
  advice,
});

/** Why a part could not be looked at. */
export const reasonOf = (error: unknown): string =>
  DatakeepError.from(error)?.message ?? (error instanceof Error ? error.message : String(error));

/** Of view code: whether it runs, and what keeps it apart. */
export function runtimeFinding({ name, healthy, detail, isolation }: RuntimeReport): Finding {
  const check = `runtime ${name}`;
  if (!healthy) return fault(check, detail ?? 'It does not answer.', 'See docs/isolation.md.');
  return isolation.level === 'language'
    ? warning(check, isolation.proof, 'No view runs without a jail of the kernel: see docs/isolation.md.')
    : well(check, isolation.proof);
}

const mebibyte = 1024 * 1024;
/** Below it a keep may fill the disk within a day. */
const littleSpace = 2048 * mebibyte;
/** Below it writes are refused soon. */
const noSpace = 100 * mebibyte;

/** Of the disk that a keep's files lie on. */
export function diskFinding(freeBytes: number): Finding {
  const found = `${Math.floor(freeBytes / mebibyte).toLocaleString('en')} MiB are free.`;
  if (freeBytes < noSpace) return fault('disk', found, 'Make room: a keep on a full disk answers reads alone.');
  return freeBytes < littleSpace
    ? warning('disk', found, 'Make room soon. A backup needs the size of the data once more.')
    : well('disk', found);
}

/** Of the newest backup. */
export function ageFinding(madeAt: number, now: number, advice: string): Finding {
  const age = now - madeAt;
  const found = `The newest is ${Math.max(0, Math.floor(age / day))} days old.`;
  return age > oldBackupMs ? warning('backups', found, advice) : well('backups', found);
}

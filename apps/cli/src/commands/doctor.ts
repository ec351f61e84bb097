import { resolve } from 'node:path';
import { misspeltVariables, SystemClock } from '@datakeep/kernel';
import {
  checkBackups,
  checkClock,
  checkDatabases,
  checkDisk,
  checkFolder,
  checkRunning,
} from '../doctor/check-files.ts';
import { checkAudit } from '../doctor/check-audit.ts';
import { checkMongo, checkRedis, checkRuntimes, checkStorage } from '../doctor/check-engines.ts';
import { type Finding, warning, well } from '../doctor/finding.ts';
import type { AdminOptions } from '../developer/admin-session.ts';
import { NotDone } from '../outcome.ts';
import { examineRemote } from '../remote/examine-remote.ts';
import { isRemote } from '../remote/remote-options.ts';
import type { Reporter } from '../reporter.ts';
import type { CommandContext } from '../command-context.ts';

const marks: Readonly<Record<Finding['state'], string>> = { well: 'ok  ', warning: 'warn', fault: 'FAIL' };

/**
 * Looks at all that a keep needs, or at what the keep at `url` shows its admin, changes nothing, and says what to do.
 * Exit code 1 where something is wrong; warnings leave it 0.
 */
export async function doctor(options: AdminOptions, { config, reporter }: CommandContext): Promise<void> {
  if (isRemote(options)) return report(await examineRemote(options, new SystemClock()), reporter);
  const dataDir = resolve(config.dataDir);
  const clock = new SystemClock();
  const now = clock.now();
  const folder = checkFolder(dataDir);
  const databases = [...checkDatabases(dataDir), ...(await checkMongo(config, clock))];
  const isReadable = [...folder, ...databases].every(({ state }) => state !== 'fault');
  const found: readonly Finding[] = [
    ...checkVariables(),
    ...folder,
    ...checkDisk(dataDir),
    ...(await checkRunning(dataDir)),
    ...databases,
    ...(isReadable ? await checkAudit({ ...config, dataDir }) : []),
    ...checkBackups(dataDir, now),
    ...checkClock(dataDir, now),
    ...(await checkRedis(config)),
    ...(await checkStorage(config, clock)),
    ...(await checkRuntimes(config, clock)),
  ];
  report(found, reporter);
}

function report(found: readonly Finding[], reporter: Reporter): void {
  const lines = found.flatMap(({ check, state, found: says, advice }) => [
    `${marks[state]}  ${check.padEnd(20)} ${says}`,
    ...(advice === undefined ? [] : [`${' '.repeat(26)} ${advice}`]),
  ]);
  const faults = found.filter(({ state }) => state === 'fault').length;
  if (faults === 0) reporter.done({ findings: found }, lines);
  else {
    reporter.found({ findings: found }, lines);
    throw new NotDone(`${faults === 1 ? 'One check' : `${faults} checks`} found a fault.`);
  }
}

/** The values were checked when they were read. */
function checkVariables(): readonly Finding[] {
  const misspelt = misspeltVariables().map(({ variable, warning: says }) =>
    warning('configuration', says, `Correct or unset ${variable}.`),
  );
  return misspelt.length > 0 ? misspelt : [well('configuration', 'Every variable is known, and has a legal value.')];
}

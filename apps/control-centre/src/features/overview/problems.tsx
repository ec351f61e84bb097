import type { ReactNode } from 'react';
import { keepNow } from '../../api/clock.ts';
import { useRuntimes } from '../../api/lookups.ts';
import { TextLink } from '../../components/ui/links.tsx';
import { bytesText, countText, littleSpace } from '../../components/ui/numbers.ts';
import { dayOf, exactTime } from '../../components/ui/When.tsx';
import { useBackups, useBackupSchedule, useFailedRuns, useFigures, useIndexes } from './queries.ts';

interface Problem {
  readonly key: string;
  readonly text: ReactNode;
}

/** As `datakeep doctor` judges it. */
const oldBackupMs = 8 * 86_400_000;

/** What is wrong with the backups; undefined where nothing is, and while there is nothing to lose. */
function useBackupProblem(events: number): string | undefined {
  const backups = useBackups().data;
  const schedule = useBackupSchedule().data;
  if (backups === undefined || schedule === undefined) return undefined;
  const failure = backups.failed ?? schedule.failed;
  if (failure !== null) return `The backup of ${exactTime(failure.at)} failed: ${failure.reason}`;
  const { lastDrill, lastMade } = schedule;
  if (typeof lastDrill?.fault === 'string') return `The last drill of a backup failed: ${lastDrill.fault}`;
  if (events === 0 || backups.making !== null) return undefined;
  const newest = Math.max(0, ...[backups.items[0]?.madeAt, lastMade?.at].map((at) => (at ? Date.parse(at) : 0)));
  if (newest === 0) return 'The keep has no backup yet.';
  return keepNow() - newest > oldBackupMs ? `The newest backup was made on ${dayOf(newest)}.` : undefined;
}

/** What is not as it should be, each with what to do. */
export function useProblems(): { readonly problems: readonly Problem[]; readonly ready: boolean } {
  const figures = useFigures();
  const runtimes = useRuntimes();
  const indexes = useIndexes();
  const failed = useFailedRuns();
  const backup = useBackupProblem(figures.data?.storage?.events ?? 0);
  const problems: Problem[] = [];
  if (figures.data !== undefined && figures.data.storage === undefined)
    problems.push({
      key: 'storage',
      text: (
        <>
          The storage of events does not answer. <TextLink to="/system">System</TextLink> says which part is away.
        </>
      ),
    });
  const { freeBytes = Infinity } = figures.data?.disk ?? {};
  if (freeBytes < littleSpace)
    problems.push({
      key: 'disk',
      text:
        `The keep’s disk has ${bytesText(freeBytes)} left. ` +
        'Make room: on a full one nothing can be stored, and nobody signs in.',
    });
  for (const { name, healthy, detail } of runtimes.data?.items ?? [])
    if (!healthy)
      problems.push({
        key: `runtime ${name}`,
        text: (
          <>
            Views in {name} do not run: {detail ?? 'its execution service does not answer'}.{' '}
            <TextLink to="/views">Look at the runtimes</TextLink>.
          </>
        ),
      });
  const quarantined = figures.data?.runs?.quarantined ?? 0;
  if (quarantined > 0)
    problems.push({
      key: 'quarantined',
      text: (
        <>
          {countText(quarantined, 'run')} failed in the keep’s own parts.{' '}
          <TextLink to="/runs">Look at the runs</TextLink>; the keep’s log says more.
        </>
      ),
    });
  const failures = failed.data?.count ?? 0;
  if (failures > 0)
    problems.push({
      key: 'failed',
      text: (
        <>
          {countText(failures, 'run')} did not succeed in the last 24 hours.{' '}
          <TextLink to="/runs" search={{ state: 'failed' } as never}>
            Look at the failed ones
          </TextLink>
          : each says in which file and line.
        </>
      ),
    });
  if (backup !== undefined)
    problems.push({
      key: 'backup',
      text: (
        <>
          {backup} <TextLink to="/system">Look at the backups</TextLink>.
        </>
      ),
    });
  const candidates = indexes.data?.items.filter(({ state }) => state === 'candidate').length ?? 0;
  if (candidates > 0)
    problems.push({
      key: 'candidates',
      text: (
        <>
          {countText(candidates, 'index is', 'indexes are')} suggested.{' '}
          <TextLink to="/indexes">Approve or reject</TextLink>.
        </>
      ),
    });
  return { problems, ready: !figures.isPending && !runtimes.isPending && !failed.isPending };
}

import type {
  BackupScheduleState,
  BackupsState,
  RunQueueCounts,
  RuntimeReport,
  StorageFigures,
} from '@datakeep/contracts';
import { type Clock, version } from '@datakeep/kernel';
import type { AuditRecord } from '@datakeep/registry';
import { KeepError, KeepUnreachable } from '../../../../clients/typescript/src/index.ts';
import { followTrailBackwards } from '../audit-trail.ts';
import { type AdminSession, asAdmin } from '../developer/admin-session.ts';
import { explainRefusal } from '../developer/explain-refusal.ts';
import { keepUrl } from '../developer/keep-url.ts';
import { auditFinding } from '../doctor/check-audit.ts';
import { ageFinding, diskFinding, fault, type Finding, runtimeFinding, warning, well } from '../doctor/finding.ts';
import type { RemoteOptions } from './remote-options.ts';

/** A machine whose clock differs by more orders what happens wrongly, ms. The header `Date` has whole seconds. */
const driftMs = 5000;
/** Runs that wait beyond it wait for a reason. */
const longQueue = 100;

/** A part that is out of reach is absent. */
interface System {
  readonly version: string;
  readonly node: string;
  readonly storage?: StorageFigures;
  readonly documents?: { readonly engine: string };
  readonly runQueue?: RunQueueCounts;
  readonly disk?: { readonly freeBytes: number };
}

/** What a keep elsewhere shows from outside, and to its admin. One that does not answer is not signed in to. */
export async function examineRemote(options: RemoteOptions, clock: Clock): Promise<readonly Finding[]> {
  const url = keepUrl(options.url).replace(/\/$/, '');
  const outside = [...checkWay(url), ...(await checkHealth(url, clock))];
  if (outside.some(({ state }) => state === 'fault')) return outside;
  const inside = await asAdmin(options, async (session) => [
    ...(await checked('versions and engines', () => checkSystem(session))),
    ...(await checked('runtimes', () => checkRuntimes(session))),
    ...(await checked('audit trail', async () => [auditFinding(await followTrailBackwards(entriesOf(session)))])),
    ...(await checked('backups', () => checkBackups(session, clock.now()))),
  ]);
  return [...outside, ...inside];
}

function checkWay(url: string): readonly Finding[] {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return [];
  return [
    warning(
      'connection',
      'It is plain HTTP: others on the way can read your password and all data.',
      'Put TLS in front (docs/deployment.md).',
    ),
  ];
}

async function checkHealth(url: string, clock: Clock): Promise<readonly Finding[]> {
  let response: Response;
  let report: { readonly status?: string; readonly waitingFor?: readonly string[] };
  try {
    response = await fetch(`${url}/health/ready`, { redirect: 'error' });
    report = (await response.json()) as typeof report;
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return [fault('keep', `It does not answer at ${url}: ${reason}`, 'Start it, or correct --url.')];
  }
  const at = Date.parse(response.headers.get('date') ?? '');
  const drift = Math.abs(at - clock.now());
  const time = Number.isNaN(at)
    ? []
    : [
        drift > driftMs
          ? warning('clock', `It differs from this machine's by ${Math.round(drift / 1000)} s.`, 'Set both (NTP).')
          : well('clock', new Date(at).toISOString()),
      ];
  if (response.ok) return [well('keep', 'It takes requests.'), ...time];
  const waiting = report.waitingFor?.join(', ') ?? `status ${response.status}`;
  return [fault('keep', `It is not ready: ${waiting}.`, 'Its log says why.'), ...time];
}

/** What a part refuses is a finding of that part. */
async function checked(check: string, act: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof KeepError || error instanceof KeepUnreachable)) throw error;
    const [found = '', ...advice] = (explainRefusal(error) ?? error.message).split('\n');
    return [fault(check, found, advice.join(' '))];
  }
}

async function checkSystem(session: AdminSession): Promise<readonly Finding[]> {
  const system = await session.ask<System>('GET', '/system');
  const { storage, documents, runQueue, disk } = system;
  return [
    system.version === version
      ? well('version', `Datakeep ${version}, on Node ${system.node}`)
      : warning(
          'version',
          `It is ${system.version}, and this command is ${version}.`,
          'Take the command of its release.',
        ),
    storage
      ? well('events', `${storage.events.toLocaleString('en')}, in ${storage.engine} ${storage.engineVersion}`)
      : away('events'),
    documents ? well('records', `in ${documents.engine}`) : away('records'),
    runQueue ? queueFinding(runQueue) : away('run queue'),
    ...(disk ? [diskFinding(disk.freeBytes)] : []),
  ];
}

const away = (check: string): Finding => fault(check, 'Out of reach.', 'Look whether its process and its engine run.');

function queueFinding({ waiting, active, delayed }: NonNullable<System['runQueue']>): Finding {
  const queue = `${waiting} runs wait, ${active} are under way, ${delayed} are to be tried again.`;
  return waiting > longQueue
    ? warning('run queue', queue, 'Start more executors, or look at the runs in the Control Centre.')
    : well('run queue', queue);
}

async function checkRuntimes(session: AdminSession): Promise<readonly Finding[]> {
  const { items } = await session.ask<{ readonly items: readonly RuntimeReport[] }>('GET', '/runtimes');
  if (items.length === 0) return [warning('runtimes', 'There is none: no view runs.', 'Start an executors process.')];
  return items.map(runtimeFinding);
}

/** All of the audit trail, newest first, up to the one that is the newest now. */
async function* entriesOf(session: AdminSession): AsyncGenerator<AuditRecord, void, undefined> {
  interface Page {
    readonly items: readonly AuditRecord[];
    readonly nextCursor: string | null;
  }
  for (let cursor = ''; ;) {
    const { items, nextCursor }: Page = await session.ask('GET', `/audit?limit=1000${cursor}`);
    yield* items;
    if (nextCursor === null) return;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}

async function checkBackups(session: AdminSession, now: number): Promise<readonly Finding[]> {
  const { items, failed } = await session.ask<BackupsState>('GET', '/backups');
  const schedule = await session.ask<BackupScheduleState>('GET', '/backups/schedule');
  const found: Finding[] = [];
  const advice = 'datakeep backup --url …, and a schedule in the Control Centre, under System (docs/backup.md).';
  const lastFailed = schedule.failed ?? failed;
  if (lastFailed !== null) found.push(fault('backups', `One failed at ${lastFailed.at}: ${lastFailed.reason}`, advice));
  if (typeof schedule.lastDrill?.fault === 'string')
    found.push(fault('drill', schedule.lastDrill.fault, 'Make a backup, and try `datakeep verify --drill` on it.'));
  // One of the schedule counts also where its file has been moved away.
  const times = [items[0]?.madeAt, schedule.lastMade?.at].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  if (times.length === 0) return [...found, warning('backups', 'There is none.', advice)];
  found.push(ageFinding(Math.max(...times), now, advice));
  if (schedule.source === 'none') found.push(warning('backup schedule', 'There is none.', advice));
  return found;
}

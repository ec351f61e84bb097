/**
 * `npm run attacks [-- --seconds 15 --only S-2,S-6]`, on Linux: attacks a keep, which runs as under `npm start` with
 * default limits, by requests that once brought it down.
 * Meanwhile another app sends a small query ten times a second, and `/health/live` is requested twenty times a second.
 * Each attack has a fresh keep and is made twice, and the keep gets SIGTERM in the middle of the second. Exit code 1
 * where a goal is missed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AdminClient, type AppClient } from '../../test/support/keep-client.ts';
import { KeepProcess } from '../../test/support/keep-process.ts';
import { percentile } from '../load.ts';
import { figure, printTable } from '../table.ts';
import { type Attack, attacks, profile } from './attacks.ts';
import { ask, peakMiB, scheduled, Watch } from './watch.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '15' }, only: { type: 'string' } } });
const names = values.only?.split(',');
const chosen = attacks.filter(({ name }) => names === undefined || names.includes(name));

/** MiB, and ms. */
const goals = { memory: 700, live: 500, query: 500, end: 15_000 };
const recoveryMs = 5000;
const small = JSON.stringify({ profile: 'other.example/thing', limit: 1 });

interface Outcome {
  readonly memory: number;
  readonly live: number;
  readonly query: number;
  readonly end: number;
  /** `yes`, or what was not well 5 s after the attack. */
  readonly well: string;
}

async function connect(admin: AdminClient, name: string, ofProfile: string): Promise<AppClient> {
  const app = await admin.connectApp(name);
  await app.registerProfile(ofProfile, { type: 'object' });
  await admin.grant(app, ofProfile, ['create', 'read']);
  return app;
}

function launch({ name }: Attack, { url, token, appId }: AppClient): ChildProcess {
  const program = fileURLToPath(new URL('./attacker.ts', import.meta.url));
  const child = spawn(process.execPath, [program, name, url, token ?? '', appId], { stdio: 'inherit' });
  // Attackers have other machines: here they get only the CPU time that the keep leaves.
  setPriority(child.pid!, constants.priority.PRIORITY_LOW);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`The attacker ended by itself (${child.exitCode}).`);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The runtimes' self-tests take a processor for some seconds after the start. */
async function untilProven(admin: AdminClient): Promise<void> {
  for (;;) {
    const { items } = await admin.ask<{ items: { selfTest?: object }[] }>('GET', '/admin/v1/runtimes');
    if (items.every(({ selfTest }) => selfTest !== undefined)) return;
    await delay(200);
  }
}

async function wellness(attack: Attack, attacker: AppClient, other: AppClient, admin: AdminClient): Promise<string> {
  try {
    const ready = await ask(`${other.url}/health/ready`);
    if (!(ready.ms <= goals.live)) return `/health/ready: ${ready.how} after ${figure(ready.ms)} ms`;
    for (let time = 0; time < 10; time += 1) {
      const { ms, how } = await ask(`${other.url}/app/v1/events/query`, other.token, small);
      if (!(ms <= goals.query)) return `a query: ${how} after ${figure(ms)} ms`;
    }
    await other.sendEvents([{ metadata: { profile: 'other.example/thing' }, payload: { n: 2 } }]);
    await attack.check?.(attacker, admin);
    return 'yes';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function suffer(attack: Attack): Promise<Outcome> {
  // Without a value a limit is that of a keep whose admin set none.
  const keep = await KeepProcess.start({ env: { RATE_LIMITS: '' } });
  try {
    const admin = await AdminClient.signIn(keep.url, keep.adminName, keep.adminPassword);
    const other = await connect(admin, 'Other', 'other.example/thing');
    await other.sendEvents([{ metadata: { profile: 'other.example/thing' }, payload: { n: 1 } }]);
    const attacker = await connect(admin, 'Attacker', profile);
    await attack.prepare?.(attacker);

    const live = new Watch(50, () => ask(`${keep.url}/health/live`));
    const query = new Watch(100, () => ask(`${keep.url}/app/v1/events/query`, other.token, small));
    await untilProven(admin);
    const before = scheduled(keep.pid);
    const first = launch(attack, attacker);
    await delay(Number(values.seconds) * 1000);
    const { ran, waited } = scheduled(keep.pid);
    await end(first);
    // On a machine that is busy with something else, this is where the milliseconds come from.
    console.log(
      `  its main thread ran ${figure(ran - before.ran)} s, waited for a processor ${figure(waited - before.waited)} s`,
    );
    await delay(recoveryMs);
    const [lives, queries] = await Promise.all([live.end(), query.end()]);
    const failures = Map.groupBy(
      [...lives, ...queries].filter(({ ms }) => ms === Infinity),
      ({ how }) => how,
    );
    for (const [how, failed] of failures) console.log(`  ${failed.length} requests of others: ${how}`);
    const well = await wellness(attack, attacker, other, admin);

    const second = launch(attack, attacker);
    await delay(3000);
    const memory = peakMiB(keep.pid);
    const begun = performance.now();
    const code = await Promise.race([keep.stop('SIGTERM'), delay(2 * goals.end, 'late', { ref: false })]);
    const took = code === 'late' ? Infinity : performance.now() - begun;
    await end(second);
    const p99 = percentile(
      queries.map(({ ms }) => ms),
      0.99,
    );
    return { memory, live: lives.at(-1)?.ms ?? Number.NaN, query: p99, end: took, well };
  } finally {
    await keep.kill();
    await keep.dispose();
  }
}

const measured = Object.keys(goals) as (keyof typeof goals)[];
const isMet = (goal: keyof typeof goals, outcome: Outcome): boolean => outcome[goal] <= goals[goal];

/** What is over its goal is marked. */
function row({ name, what }: Attack, outcome: Outcome): string[] {
  const cells = measured.map((goal) => {
    const text = Number.isFinite(outcome[goal]) ? figure(outcome[goal]) : 'none';
    return isMet(goal, outcome) ? text : `${text} !`;
  });
  return [`${name}: ${what}`, ...cells, outcome.well === 'yes' ? 'yes' : `${outcome.well} !`];
}

const rows: string[][] = [];
const missed: string[] = [];
for (const attack of chosen) {
  const outcome = await suffer(attack);
  rows.push(row(attack, outcome));
  console.log(rows.at(-1)!.join(' | '));
  if (outcome.well !== 'yes' || measured.some((goal) => !isMet(goal, outcome))) missed.push(attack.name);
}
console.log();
printTable(['attack', 'RSS, MiB', '/health/live, ms', "other's p99, ms", 'SIGTERM, ms', 'well 5 s later'], rows);
const verdict = missed.length === 0 ? 'all met.' : `missed by ${missed.join(', ')}.`;
console.log(`Goals: at most ${Object.values(goals).join(', ')}; ${verdict}`);
if (missed.length > 0) process.exitCode = 1;

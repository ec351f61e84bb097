/**
 * `npm run attacks [-- --seconds 15 --only S-2,S-6]`, on Linux: attacks a keep, which runs as `npm start` has it and with
 * default limits, with what once brought it down. Meanwhile another app sends a small query ten times a second, and
 * `/health/live` is asked for twenty times a second. Each attack has a keep of its own, is made twice, and the keep gets
 * SIGTERM in the middle of the second. Exit code 1 where a goal is missed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AdminClient, type AppClient } from '../../test/support/keep-client.ts';
import { KeepProcess } from '../../test/support/keep-process.ts';
import { percentile } from '../load.ts';
import { figure, printTable } from '../table.ts';
import { type Attack, attacks, profile } from './attacks.ts';
import { answeredAfter, peakMiB, Watch } from './watch.ts';

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
  return spawn(process.execPath, [program, name, url, token ?? '', appId], { stdio: 'inherit' });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the attacker ended by itself (${child.exitCode})`);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function wellness(attack: Attack, attacker: AppClient, other: AppClient, admin: AdminClient): Promise<string> {
  try {
    const ready = await answeredAfter(`${other.url}/health/ready`);
    if (ready > goals.live) return `ready after ${figure(ready)} ms`;
    for (let time = 0; time < 10; time += 1) {
      const took = await answeredAfter(`${other.url}/app/v1/events/query`, other.token, small);
      if (took > goals.query) return `a query took ${figure(took)} ms`;
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

    const live = new Watch(50, () => answeredAfter(`${keep.url}/health/live`));
    const query = new Watch(100, () => answeredAfter(`${keep.url}/app/v1/events/query`, other.token, small));
    const first = launch(attack, attacker);
    await delay(Number(values.seconds) * 1000);
    await end(first);
    await delay(recoveryMs);
    const [lives, queries] = await Promise.all([live.end(), query.end()]);
    const well = await wellness(attack, attacker, other, admin);

    const second = launch(attack, attacker);
    await delay(3000);
    const memory = peakMiB(keep.pid);
    const begun = performance.now();
    const code = await Promise.race([keep.stop('SIGTERM'), delay(2 * goals.end, 'late', { ref: false })]);
    const took = code === 'late' ? Infinity : performance.now() - begun;
    await end(second);
    return { memory, live: lives.at(-1) ?? Number.NaN, query: percentile(queries, 0.99), end: took, well };
  } finally {
    await keep.kill();
    await keep.dispose();
  }
}

/** A figure, marked where it is over its goal. */
function cell(name: keyof typeof goals, { [name]: value }: Outcome): string {
  const text = Number.isFinite(value) ? figure(value) : 'none';
  return value <= goals[name] ? text : `${text} !`;
}

const outcomes: (readonly [Attack, Outcome])[] = [];
for (const attack of chosen) {
  console.log(`${attack.name}: ${attack.what} …`);
  outcomes.push([attack, await suffer(attack)]);
}
console.log();
printTable(
  ['attack', 'RSS, MiB', '/health/live, ms', "other's p99, ms", 'SIGTERM, ms', 'well 5 s later'],
  outcomes.map(([{ name, what }, outcome]) => [
    `${name} ${what}`,
    ...(Object.keys(goals) as (keyof typeof goals)[]).map((goal) => cell(goal, outcome)),
    outcome.well === 'yes' ? 'yes' : `${outcome.well} !`,
  ]),
);
const missed = outcomes.filter(
  ([, outcome]) =>
    outcome.well !== 'yes' ||
    (Object.keys(goals) as (keyof typeof goals)[]).some((goal) => !(outcome[goal] <= goals[goal])),
);
console.log(
  `Goals: at most ${Object.values(goals).join(', ')}. ${missed.length === 0 ? 'All met.' : `Missed by ${missed.map(([{ name }]) => name).join(', ')}.`}`,
);
if (missed.length > 0) process.exitCode = 1;

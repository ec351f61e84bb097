/**
 * `npm run start:distributed`: the services of a keep on this machine. MongoDB and Redis must be running (`npm run
 * services` starts stand-ins and prints the variables).
 * STORAGE_SERVERS, VIEWS_SERVERS and EXECUTORS_SERVERS with several addresses start as many of that service, and PORT
 * with several ports as many gateways. Ends all of them at Ctrl-C, and when one of them ends; where it is killed
 * itself, they end on their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readableLine, showsColours } from '../libs/kernel/src/index.ts';
import { startFlags, startVariables } from '../libs/service-host/src/prepare-node.ts';
import { build } from './build.ts';
import { checkProcesses, orEnd, withoutMisspelt } from './check-start.ts';
import { type PlannedService, planServices } from './planned-services.ts';

/** Of the terminal: cyan, magenta, yellow, green. */
const colours: Readonly<Record<PlannedService['name'], number>> = {
  storage: 36,
  views: 35,
  executors: 33,
  gateway: 32,
};
/** After a service got the signal to end, ms; each has its own deadline of 15 s. */
const patienceMs = 20_000;

const given = withoutMisspelt(process.env);
const missing = ['MONGODB_URI', 'REDIS_URL'].filter((name) => !given[name]);
if (missing.length > 0) {
  console.error(
    `${missing.join(' and ')} must be set: the services share them. \`npm run services\` starts stand-ins and ` +
      `prints the variables.`,
  );
  process.exit(1);
}
const secrets = Object.fromEntries(
  ['SIGNING_KEY', 'SERVICE_SECRET'].map((name) => [name, given[name] || randomBytes(32).toString('base64url')]),
);
const services = planServices({ ...given, ...secrets });
await orEnd(() => checkProcesses(services));
if (!given['SIGNING_KEY'])
  console.log('SIGNING_KEY is not set: one was made for this start. Tokens of apps die with it; set it to keep them.');
if (!given['SERVICE_SECRET']) console.log('SERVICE_SECRET is not set: one was made for this start.');
const folder = await orEnd(build);

const isTerminal = process.stdout.isTTY;
const width = Math.max(...services.map(({ label }) => label.length));
const running: { readonly name: PlannedService['name']; readonly child: ChildProcess }[] = [];
let stopping = false;

/** A line for a person, or one of the log with the process that it is of. */
function lineOf({ name, label }: PlannedService, line: string): string {
  if (!isTerminal) return line.startsWith('{"') ? `{"process":${JSON.stringify(label)},${line.slice(1)}` : line;
  const shown = label.padEnd(width);
  const painted = showsColours(process.stdout) ? `\u001B[${colours[name]}m${shown}\u001B[0m` : shown;
  return `${painted} │ ${readableLine(line, showsColours(process.stdout))}`;
}

/** Resolves when the service is ready, or has ended. */
function start(service: PlannedService): Promise<void> {
  const program = join(folder, `apps/${service.name}/src/main.js`);
  const child = spawn(process.execPath, [...startFlags, program, '--end-with-parent'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...startVariables, ...service.environment },
    // In a separate process group: Ctrl-C in a terminal signals the whole group, and a service that gets two signals
    // ends at once.
    detached: true,
  });
  running.push({ name: service.name, child });
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        if (line !== '') process.stdout.write(`${lineOf(service, line)}\n`);
        if (/^Datakeep('s \w+)? serves /.test(line)) resolve();
      });
    child.once('exit', (code, signal) => {
      resolve();
      if (stopping) return;
      console.error(`${service.label} ended (${code ?? signal}); stopping the others.`);
      process.exitCode = 1;
      void stop('SIGINT');
    });
  });
}

/** The gateways first, so that what they accepted can still be done by the others; of each kind all at once. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const kind of ['gateway', 'executors', 'views', 'storage'])
    await Promise.all(running.filter(({ name }) => name === kind).map(({ child }) => end(child, signal)));
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await ended;
  clearTimeout(late);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void stop(signal === 'SIGTERM' ? signal : 'SIGINT'));
const gateways = services.filter(({ name }) => name === 'gateway');
for (const service of services.filter(({ name }) => name !== 'gateway')) void start(service);
// One after the other: each makes a new setup link where there is no admin yet, and the link of the last one counts.
for (const gateway of gateways) if (!stopping) await start(gateway);

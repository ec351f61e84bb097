/**
 * `npm run start:distributed`: the four services of a keep on this machine, for a developer. MongoDB and Redis must be there (`npm run services` starts stand-ins
 * and prints the variables). Ends all of them at Ctrl-C, and when one of them ends; should it be killed itself, they end on their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startFlags } from './start-flags.ts';

const names = ['storage', 'views', 'executors', 'gateway'] as const;
const width = Math.max(...names.map((name) => name.length));
/** Of the terminal: cyan, magenta, yellow, green. */
const colours: Readonly<Record<(typeof names)[number], number>> = {
  storage: 36,
  views: 35,
  executors: 33,
  gateway: 32,
};
/** Ends a service that outlives this process. */
const leash = new URL('./end-with-parent.ts', import.meta.url).href;
/** After a service was asked to end, ms; each has a deadline of 15 s of its own. */
const patienceMs = 20_000;

const missing = ['MONGODB_URI', 'REDIS_URL'].filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(
    `${missing.join(' and ')} must be set: the services share them. \`npm run services\` starts stand-ins and prints the variables.`,
  );
  process.exit(1);
}

const given = { SIGNING_KEY: process.env['SIGNING_KEY'], SERVICE_SECRET: process.env['SERVICE_SECRET'] };
for (const [name, value] of Object.entries(given))
  if (!value)
    console.log(
      `${name} is not set: one was made for this start. Tokens of apps die with a made SIGNING_KEY; set it to keep them.`,
    );
const environment = {
  // Each thread takes memory from an arena of its own otherwise: 3 MiB for a service.
  MALLOC_ARENA_MAX: '2',
  ...process.env,
  SIGNING_KEY: given.SIGNING_KEY || randomBytes(32).toString('base64url'),
  SERVICE_SECRET: given.SERVICE_SECRET || randomBytes(32).toString('base64url'),
};

/** `12:00:00 views  │ ready  address=…` from a line of the log; any other line as it is. */
function readable(line: string): string {
  try {
    const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const details = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    return [String(time).slice(11, 19), level === 'info' ? '' : String(level).toUpperCase(), String(msg), ...details]
      .filter((part) => part !== '')
      .join(' ');
  } catch {
    return line;
  }
}

/** Each service listens where the others look for it: on the last part of the first address in `STORAGE_SERVERS` and its like, where that is set. */
function portOf(name: string): Record<string, string> {
  const port = /^[^,]*:(\d+)/.exec(process.env[`${name.toUpperCase()}_SERVERS`] ?? '')?.[1];
  return port === undefined ? {} : { SERVICE_PORT: port, HEALTH_PORT: '0' };
}

function start(name: (typeof names)[number]): ChildProcess {
  const file = fileURLToPath(new URL(`../dist/apps/${name}/src/main.js`, import.meta.url));
  // In a group of its own: Ctrl-C in a terminal goes to the whole group, and a service that is told twice ends at once.
  const child = spawn(process.execPath, [...startFlags, '--import', leash, file], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, ...portOf(name) },
    detached: true,
  });
  const label = name.padEnd(width);
  const prefix = process.stdout.isTTY ? `\u001B[${colours[name]}m${label}\u001B[0m │` : `${label} │`;
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on(
        'line',
        (line) => line !== '' && process.stdout.write(`${prefix} ${readable(line)}\n`),
      );
  return child;
}

const running = new Map(names.map((name) => [name, start(name)]));
let stopping = false;

/** The gateway first, so that what it accepted can still be done by the others. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const [, child] of [...running].toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(late);
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void stop(signal === 'SIGTERM' ? signal : 'SIGINT'));
for (const [name, child] of running)
  child.once('exit', (code, signal) => {
    if (stopping) return;
    console.error(`${name} ended (${code ?? signal}); stopping the others.`);
    process.exitCode = 1;
    void stop('SIGINT');
  });

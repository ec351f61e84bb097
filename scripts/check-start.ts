/**
 * The checks of a start script before it builds anything: variables, folders and ports of the processes that it starts.
 */
import { once } from 'node:events';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, resolve } from 'node:path';
import { type Config, createLogger, misspeltVariables, readConfig } from '../libs/kernel/src/index.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An address on which a process will listen, and the variable that sets it. */
export interface Listener {
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** Why a start is refused, for the person at the terminal. */
class StartRefused extends Error {}

/** Ends this process with what is wrong, where `check` throws it. */
export async function orEnd<T>(check: () => Promise<T> | T): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/**
 * Warns of misspelt variables, and returns the environment without them: the processes that get it need not warn again.
 */
export function withoutMisspelt(environment: Environment): Environment {
  const logger = createLogger('warn');
  const misspelt = misspeltVariables(environment);
  for (const { variable, warning } of misspelt) logger.warn(warning, { variable });
  const names = new Set(misspelt.map(({ variable }) => variable));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
}

/** Throws where a variable of a process is not legal, or where its folder or one of its ports cannot be had. */
export async function checkProcesses(
  processes: readonly { readonly environment: Environment; listeners(config: Config): readonly Listener[] }[],
): Promise<void> {
  const configured = processes.map(({ environment, listeners }) => ({ config: readConfig(environment), listeners }));
  const complaints = [...new Set(configured.flatMap(({ config }) => folderComplaints(config.dataDir)))];
  const listeners = configured.flatMap(({ config, listeners: of }) => of(config));
  const held: Server[] = [];
  // Each is held until all were tried, so that two listeners of one port are found as well.
  for (const listener of listeners.filter(({ port }) => port !== 0)) {
    const server = createServer();
    try {
      server.listen(listener.port, listener.host);
      await once(server, 'listening');
      held.push(server);
    } catch (error) {
      complaints.push(complaintOf(listener, (error as NodeJS.ErrnoException).code));
    }
  }
  await Promise.all(held.map((server) => once(server.close(), 'close')));
  if (complaints.length > 0) throw new StartRefused(complaints.join('\n'));
}

/** About the folder, or the one in which it would be made. */
function folderComplaints(dataDir: string): readonly string[] {
  let folder = resolve(dataDir);
  while (!existsSync(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return [`DATA_DIR="${dataDir}" cannot be a folder: ${folder} is none.`];
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    return [`DATA_DIR="${dataDir}" cannot be written: this user may not write in ${folder}.`];
  }
}

function complaintOf({ variable, host, port }: Listener, code: string | undefined): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return code === 'EADDRINUSE'
    ? `${address} is in use, perhaps by a keep that runs already. Stop that program, ` +
        `or set ${variable} to another port.`
    : `Nothing can listen on ${address} (${code}): ${variable} says the port, and HOST or SERVICE_HOST the address.`;
}

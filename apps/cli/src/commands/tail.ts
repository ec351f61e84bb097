import { loggedIn } from '../developer/login-file.ts';
import { printLines } from '../developer/print-lines.ts';
import { ensureRights } from '../developer/rights.ts';

export interface TailOptions {
  readonly profile: string;
  readonly since?: string;
}

/** Prints changes as they come, as NDJSON, until a signal ends it. */
export async function tail({ profile, since }: TailOptions): Promise<void> {
  const keep = loggedIn();
  await ensureRights(keep, profile, ['read']);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  // Else nothing is written to a reader that has left, which is how one learns that it has.
  process.stdout.once('error', () => stop.abort());
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  let isAway = false;
  const onProblem = ({ message }: Error): void => {
    if (!isAway) say(`${message}. It is tried again until it is there.`);
    isAway = true;
  };
  const onOpen = (): void => {
    if (isAway) say('The keep answers again.');
    isAway = false;
  };
  say(`Following ${profile}. Ctrl-C ends it.`);
  try {
    await printLines(keep.events.changes({ profile, since, signal: stop.signal, onProblem, onOpen }));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

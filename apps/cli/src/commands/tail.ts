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
  process.stderr.write(`Following ${profile}. Ctrl-C ends it.\n`);
  try {
    await printLines(keep.events.changes({ profile, since, signal: stop.signal }));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { IndexState } from '@datakeep/contracts';
import { createLogger, type Logger } from '@datakeep/kernel';
import { openSqliteStorage } from '@datakeep/storage';
import { ManualClock } from '../../libs/kernel/src/testing.ts';
import { aQuery, ofUser, tick } from './indexing.queries.ts';

/**
 * A process that settles the index of the process before it, prints what it found, and lets its one automatic index
 * live on until a state is stored; `afterMs` later it dies by SIGKILL. Where the index is to be reverted, it is made
 * worthless as soon as it exists. Prints each state with the time on its clock once it is stored, before its action is
 * carried out.
 */
const [directory = '', now = '0', target = '', afterMs = '0'] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const clock = new ManualClock(Number(now));
let last: string | undefined;
let reached = false;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function stored(state: string): void {
  last = state;
  say({ state, at: clock.now() });
  if (reached) die();
  if (state === 'verifying' && target === 'reverted') sabotage();
  if (state !== target) return;
  reached = true;
  if (afterMs === '0') die();
  setTimeout(die, Number(afterMs));
}

function indexesInFile(): string[] {
  using database = new DatabaseSync(join(directory, 'events.sqlite'), { readOnly: true });
  const rows = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'auto!_%' ESCAPE '!'")
    .all();
  return rows.map((row) => String(row['name']));
}

/** Another index under the name of the one that was built: the planner does not take it. */
function sabotage(): void {
  using database = new DatabaseSync(join(directory, 'events.sqlite'));
  for (const name of indexesInFile())
    database.exec(`DROP INDEX "${name}"; CREATE INDEX "${name}" ON events (source) WHERE profile = 'another'`);
}

const logger: Logger = {
  ...createLogger('silent'),
  info: (message) => {
    if (message.startsWith('automatic index ')) stored(message.replace('automatic index ', ''));
  },
};
const indexing = { mode: 'suggest', isCalm: () => true } as const;
const storage = await openSqliteStorage({ directory, synchronous: 'full', readers: 1, clock, logger, indexing });
const automatic = async () => (await storage.indexes()).indexes.filter(({ state }) => state !== 'declared');

/** Asks for the index as often as a verdict needs, and looks around. */
async function live(): Promise<void> {
  for (let user = 0; user < 6; user += 1) await storage.query(aQuery({ filter: ofUser(user) }));
  await clock.advance(tick);
}

const acts: Partial<Record<IndexState | 'declared', 'approve' | 'drop' | 'rebuild'>> = {
  candidate: 'approve',
  active: 'drop',
  dropped: 'rebuild',
  failed: 'rebuild',
  reverted: 'rebuild',
};
say({
  records: (await automatic()).map(({ name, state }) => ({ name, state })),
  indexes: indexesInFile(),
  found: (await storage.query(aQuery({ filter: ofUser(7) }))).length,
});
for (;;) {
  const [index] = await automatic();
  if (!index) throw new Error('there is no automatic index');
  // The first thought of an index is stored without a word.
  if (index.state !== last && index.state === target) stored(index.state);
  // It lives until its time is over.
  if (reached) await new Promise(() => undefined);
  const act = target === 'candidate' ? undefined : acts[index.state];
  if (act) await storage.decide(index.id, act);
  else await live();
}

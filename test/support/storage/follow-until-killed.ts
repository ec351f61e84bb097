import { once } from 'node:events';
import { SystemClock } from '@datakeep/kernel';
import { openSqliteStorage } from '@datakeep/storage';

// A process that creates, modifies and deletes events from four writers at once and follows the changes from a
// position, until it is killed. Prints each change that it received, and the position after each page.
const [directory = '', round = '', from = ''] = process.argv.slice(2);
const storage = await openSqliteStorage({ directory, synchronous: 'full', readers: 1, clock: new SystemClock() });

async function write(writer: number): Promise<void> {
  for (let step = 0; ; step++) {
    const ids = [0, 1, 2].map((n) =>
      [round, writer, step, n].map((part) => Number(part).toString(16).padStart(6, '0')).join(''),
    );
    const [modified = '', removed = ''] = ids;
    await storage.append(
      ids.map((id) => ({
        id,
        profile: 'killed',
        source: 'app',
        createdAt: step,
        acceptedAt: step,
        payload: '{"n":1}',
      })),
    );
    await storage.replace(modified, '{"n":2}');
    // The last one there is, every other time: its number must never be used again.
    await storage.remove(step % 2 === 0 ? removed : (ids[2] ?? ''));
  }
}

async function follow(): Promise<void> {
  let place = from;
  let woken = Promise.withResolvers<undefined>();
  storage.watchChanges(() => woken.resolve(undefined));
  for (;;) {
    const { changes, next, more } = await storage.changes({ limit: 20, ...(place === '' ? {} : { after: place }) });
    place = next;
    const lines = changes.map(({ change, json }) => {
      const { id, metadata } = JSON.parse(json) as { id: string; metadata: { version: number } };
      return `${change} ${id} ${metadata.version}\n`;
    });
    if (!process.stdout.write(`${lines.join('')}place ${next}\n`)) await once(process.stdout, 'drain');
    if (more) continue;
    await woken.promise;
    woken = Promise.withResolvers<undefined>();
  }
}

await Promise.all([follow(), ...[0, 1, 2, 3].map((writer) => write(writer))]);

import { SystemClock } from '@datakeep/kernel';
import { openSqliteStorage } from '@datakeep/storage';

// A process that appends batches from eight writers at once until it is killed, and prints the name and size of each
// batch that was acknowledged.
const [directory = '', round = ''] = process.argv.slice(2);
const storage = await openSqliteStorage({ directory, synchronous: 'full', readers: 1, clock: new SystemClock() });

async function write(writer: number): Promise<void> {
  for (let batch = 0; ; batch++) {
    const size = ((batch * 7 + writer * 3) % 50) + 1;
    const name = `${round}-${writer}-${batch}`;
    const payload = JSON.stringify({ batch: name, size });
    const events = Array.from({ length: size }, (_, n) => ({
      id: [round, writer, batch, n].map((part) => Number(part).toString(16).padStart(6, '0')).join(''),
      profile: 'killed',
      source: 'app',
      identifier: `${name}-${n}`,
      digest: payload,
      createdAt: batch,
      acceptedAt: batch,
      payload,
    }));
    await storage.append(events);
    process.stdout.write(`${name} ${size}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));

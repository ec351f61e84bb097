import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BackupError, type Manifest, type Progress, restoreBackup, systemFault } from '@datakeep/backup';
import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { DOCUMENTS, type DocumentStore } from '@datakeep/documents';
import { contentOf, dataDirParts, type DrillJob, type DrillResult, type FromDrill } from '@datakeep/keep-data';
import { SystemClock } from '@datakeep/kernel';
import { openCopy } from '../open-copy.ts';

/** A progress of each step so often, ms. */
const progressEvery = 100;

/** The moment of the backup, from which time goes on: what expires by age is there as it was then. */
class ClockFrom extends SystemClock {
  readonly #behindMs: number;

  constructor(start: number) {
    super();
    this.#behindMs = super.now() - start;
  }

  override now(): number {
    return super.now() - this.#behindMs;
  }
}

/**
 * The child process of a drill: reads a job, restores the backup as `datakeep restore` does, starts a keep on it, and
 * compares what that keep counts with the manifest. It ends with its parent, whose end of standard input closes then.
 */
export async function runDrill(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  // Not `process.exit`, which waits for threads.
  input.once('close', () => process.kill(process.pid, 'SIGKILL'));
  input.once('line', (line) => void drill(JSON.parse(line) as DrillJob));
}

async function drill(job: DrillJob): Promise<void> {
  try {
    say({ kind: 'result', result: await restoreAndStart(job) });
  } catch (error) {
    say({ kind: 'failed', reason: error instanceof BackupError ? error.message : systemFault(error) });
  }
}

async function restoreAndStart({ file, passphrase, folder }: DrillJob): Promise<DrillResult> {
  const dataDir = join(folder, 'keep');
  const { manifest } = await restoreBackup({
    source: createReadStream(file, { highWaterMark: 256 * 1024 }),
    passphrase,
    dataDir,
    parts: dataDirParts,
    now: new Date(),
    onProgress: seldom((progress) => say({ kind: 'progress', progress })),
  });
  say({ kind: 'restored' });
  const begun = performance.now();
  const keep = await openCopy(dataDir, new ClockFrom(Date.parse(manifest.createdDate)));
  try {
    const response = await fetch(`${keep.url}/health/ready`);
    if (!response.ok) throw new BackupError(`The restored keep is not ready: ${await response.text()}`);
    const { events } = await keep.app.get<DataStorage>(DATA_STORAGE).figures();
    const counts = await keep.app.get<DocumentStore>(DOCUMENTS).counts();
    const records = compare(manifest, events, counts);
    return { manifest, startedMs: Math.round(performance.now() - begun), events, records };
  } finally {
    await keep.close();
  }
}

/** The records that were compared. A start may add some, such as an entry of the audit log, and takes none away. */
function compare(manifest: Manifest, events: number, counts: Readonly<Record<string, number>>): number {
  const content = contentOf(manifest);
  if (events !== content.events)
    throw new BackupError(`The restored keep has ${events} events, and the manifest says ${content.events}.`);
  const tables = manifest.files.find(({ path }) => path === 'documents.sqlite')?.rows ?? {};
  let compared = 0;
  for (const [collection, rows] of Object.entries(tables)) {
    const count = counts[collection];
    if (count === undefined) continue;
    if (count < rows)
      throw new BackupError(`The restored keep has ${count} records of ${collection}, and the manifest says ${rows}.`);
    compared += rows;
  }
  return compared;
}

function seldom(report: (progress: Progress) => void): (progress: Progress) => void {
  let last = 0;
  return (progress) => {
    const now = performance.now();
    if (now - last < progressEvery && progress.done < progress.of) return;
    last = now;
    report(progress);
  };
}

function say(message: FromDrill): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

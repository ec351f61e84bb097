import type { ImportedEvent } from '@datakeep/importers';
import { type Datakeep, KeepError } from '../../../../clients/typescript/src/index.ts';
import type { ImportLog } from './import-log.ts';
import type { Tally } from './tally.ts';

const mostEvents = 1000;
/** UTF-16 units of payloads; the keep takes 16 MiB. */
const mostUnits = 4 * 1024 * 1024;

/** Sends events in batches, in their order; what the keep refuses is set aside with its line. */
export class SendBatches {
  readonly #keep: Datakeep;
  readonly #log: ImportLog;
  readonly #tally: Tally;
  #batch: ImportedEvent[] = [];
  #units = 0;

  constructor(keep: Datakeep, log: ImportLog, tally: Tally) {
    this.#keep = keep;
    this.#log = log;
    this.#tally = tally;
  }

  async add(event: ImportedEvent): Promise<void> {
    this.#units += JSON.stringify(event.payload).length;
    this.#batch.push(event);
    if (this.#batch.length >= mostEvents || this.#units >= mostUnits) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#units = 0;
    await this.#send(batch);
  }

  async #send(batch: readonly ImportedEvent[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const {
        events = [],
        accepted,
        duplicates,
      } = await this.#keep.events.create(batch.map((event) => ({ ...event })));
      this.#tally.added += accepted;
      this.#tally.known += duplicates;
      const byProfile = Map.groupBy(
        events.flatMap(({ id, status }, index) => (status === 'created' ? [{ id, of: batch[index]!.profile }] : [])),
        ({ of }) => of,
      );
      for (const [profile, made] of byProfile) this.#log.add({ profile, created: made.map(({ id }) => id) });
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
      await this.#refused(batch, error);
    }
  }

  /** One that is too large for a request alone, or places that name events: nothing of the batch is stored. */
  async #refused(batch: readonly ImportedEvent[], error: KeepError): Promise<void> {
    if (error.status === 413 && batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      await this.#send(batch.slice(0, half));
      return this.#send(batch.slice(half));
    }
    const reasons = new Map(error.errors.map(({ index, pointer, detail }) => [index ?? -1, `${pointer}: ${detail}`]));
    if (error.status === 413) reasons.set(0, error.message);
    const refused = batch.filter((_event, index) => reasons.has(index));
    if ((error.status !== 413 && error.status !== 422) || refused.length === 0) throw error;
    batch.forEach(({ line }, index) => {
      const reason = reasons.get(index);
      if (reason !== undefined) this.#tally.refuse({ line, reason });
    });
    // At most 20 places are named at a time.
    return this.#send(batch.filter((_event, index) => !reasons.has(index)));
  }
}

import type { ImportedEvent } from '../importer.ts';
import { type EventSink, isRefusal, type Refusal } from './event-sink.ts';
import type { Created } from './import-log.ts';
import type { Tally } from './tally.ts';

export interface Sending {
  readonly sink: EventSink;
  /** Has what became of the file so far. */
  readonly tally: Tally;
  /** Notes what was added, before more is sent. */
  readonly note: (line: Created) => Promise<void> | void;
  readonly onProgress: () => void;
  /** Ends the reading. What is on its way is waited for, so that it is noted. */
  readonly signal?: AbortSignal | undefined;
}

const mostEvents = 1000;
/** UTF-16 units of payloads; the keep takes 16 MiB. */
const mostUnits = 4 * 1024 * 1024;
/** While the keep stores some the next are read. More than three add nothing on two cores. */
const mostInFlight = 3;

/** Sends events in batches; what the keep refuses is set aside with its line. After a failure nothing more is sent. */
export class SendBatches {
  readonly #sending: Sending;
  readonly #inFlight = new Set<Promise<void>>();
  #batch: ImportedEvent[] = [];
  #units = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  async add(event: ImportedEvent): Promise<void> {
    this.#units += JSON.stringify(event.payload).length;
    this.#batch.push(event);
    if (this.#batch.length >= mostEvents || this.#units >= mostUnits) await this.#launch();
  }

  /** Resolves when everything is stored. */
  async flush(): Promise<void> {
    await this.#launch();
    await this.landed();
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when nothing is on its way. */
  async landed(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  async #launch(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#units = 0;
    while (this.#inFlight.size >= mostInFlight) await Promise.race(this.#inFlight);
    if (this.#failure) throw this.#failure.error;
    const flight = this.#send(batch)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(flight));
    this.#inFlight.add(flight);
  }

  async #send(batch: ImportedEvent[]): Promise<void> {
    if (batch.length === 0) return;
    const { sink, tally, note } = this.#sending;
    try {
      const { events = [], accepted, duplicates } = await sink.create(batch);
      tally.added += accepted;
      tally.known += duplicates;
      const byProfile = Map.groupBy(
        events.flatMap(({ id, status }, index) => (status === 'created' ? [{ id, of: batch[index]!.profile }] : [])),
        ({ of }) => of,
      );
      for (const [profile, made] of byProfile) await note({ profile, created: made.map(({ id }) => id) });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#refused(batch, error);
    }
  }

  /** Too much for one request, or places that name events: nothing of the batch is stored. */
  async #refused(batch: ImportedEvent[], error: Refusal): Promise<void> {
    const namesNone = error.errors.every(({ index }) => index === undefined);
    const isTooMuch = error.status === 413 || (error.status === 422 && namesNone);
    if (isTooMuch && batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      await this.#send(batch.slice(0, half));
      return this.#send(batch.slice(half));
    }
    const reasons = new Map(error.errors.map(({ index, pointer, detail }) => [index ?? -1, `${pointer}: ${detail}`]));
    if (error.status === 413) reasons.set(0, error.message);
    const refused = batch.filter((_event, index) => reasons.has(index));
    // Of an event that was changed at its source since, the identifier is taken by what it was.
    const isKnown = error.code === 'identifier-conflict';
    if ((error.status !== 413 && error.status !== 422 && !isKnown) || refused.length === 0) throw error;
    if (isKnown) this.#sending.tally.known += refused.length;
    else
      batch.forEach(({ line }, index) => {
        const reason = reasons.get(index);
        if (reason !== undefined) this.#sending.tally.refuse({ line, reason });
      });
    // At most 20 places are named at a time.
    return this.#send(batch.filter((_event, index) => !reasons.has(index)));
  }
}

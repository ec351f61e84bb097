import type { BulkLine, BulkSummary } from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { KeepError, KeepUnreachable } from '../http/problem.ts';
import { linesOf, ndjson } from '../lists/lines.ts';
import { type NewEvent, sentEvent } from './new-event.ts';

export interface IngestSummary {
  /** Events that the keep has read. */
  readonly lines: number;
  readonly accepted: number;
  readonly duplicates: number;
}

export interface IngestOptions {
  readonly signal?: AbortSignal | undefined;
  /** About once a second. */
  readonly onProgress?: ((progress: IngestSummary) => void) | undefined;
}

/** The first events are stored, and from `line` (from 1) on none. */
export class IngestStopped extends Error {
  override readonly name = 'IngestStopped';
  readonly stored: IngestSummary;
  readonly line: number | undefined;

  constructor(cause: KeepError | KeepUnreachable, stored: IngestSummary, line?: number) {
    super(`After ${stored.lines} events: ${cause.message}`, { cause });
    this.stored = stored;
    this.line = line;
  }
}

const nothing: IngestSummary = { lines: 0, accepted: 0, duplicates: 0 };

/** One request of NDJSON, or where a browser cannot send a stream (without HTTP/2, none can), one for each batch. */
export async function sendStream<Payload>(
  connection: Connection,
  events: AsyncIterable<NewEvent<Payload>> | Iterable<NewEvent<Payload>>,
  options: IngestOptions,
): Promise<IngestSummary> {
  const isBrowser = 'document' in globalThis || 'importScripts' in globalThis;
  return isBrowser ? sendBatches(connection, events, options) : sendLines(connection, events, options);
}

async function sendLines<Payload>(
  connection: Connection,
  events: AsyncIterable<NewEvent<Payload>> | Iterable<NewEvent<Payload>>,
  { signal, onProgress }: IngestOptions,
): Promise<IngestSummary> {
  /** Of the events themselves, which `fetch` would take for one of the connection. */
  const faults: unknown[] = [];
  async function* sent(): AsyncGenerator<unknown, void, undefined> {
    try {
      for await (const event of events) yield sentEvent(event);
    } catch (error) {
      faults.push(error);
      throw error;
    }
  }
  const { controller, release } = linkedAbort(signal);
  let stored = nothing;
  try {
    const response = await connection.open({
      method: 'POST',
      path: '/app/v1/events',
      stream: { body: ndjson(sent()), type: 'application/x-ndjson' },
      // Answered while it is sent, which not every proxy lets through.
      headers: { accept: onProgress ? 'application/x-ndjson' : '*/*' },
      signal: controller.signal,
      extraMs: null,
      repeatable: 'never',
    });
    for await (const text of linesOf(response.body!)) {
      const line = JSON.parse(text) as BulkLine;
      if ('progress' in line) onProgress?.((stored = line.progress));
      else if ('summary' in line) return summaryOf(line);
      else throw new IngestStopped(new KeepError(line.problem), line.stored, line.line);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (faults.length > 0) throw faults[0];
    if (error instanceof IngestStopped || error instanceof KeepError || error instanceof KeepUnreachable) throw error;
    throw new IngestStopped(new KeepUnreachable('POST /app/v1/events', error), stored);
  } finally {
    release();
  }
  throw new IngestStopped(new KeepUnreachable('POST /app/v1/events', undefined), stored);
}

const summaryOf = ({ summary }: BulkSummary): IngestSummary => summary;

/** As the keep itself takes a stream apart. */
const batchEvents = 1000;
const batchUnits = 4 * 1024 * 1024;

async function sendBatches<Payload>(
  connection: Connection,
  events: AsyncIterable<NewEvent<Payload>> | Iterable<NewEvent<Payload>>,
  { signal, onProgress }: IngestOptions,
): Promise<IngestSummary> {
  let stored = nothing;
  let batch: ReturnType<typeof sentEvent>[] = [];
  let units = 0;
  const store = async (these: readonly ReturnType<typeof sentEvent>[]): Promise<void> => {
    try {
      const answer = await connection.ask<IngestSummary>({
        method: 'POST',
        path: '/app/v1/events',
        json: { events: these },
        headers: { prefer: 'return=minimal' },
        signal,
        repeatable: 'always',
      });
      stored = {
        lines: stored.lines + these.length,
        accepted: stored.accepted + answer.accepted,
        duplicates: stored.duplicates + answer.duplicates,
      };
    } catch (error) {
      if (!(error instanceof KeepError || error instanceof KeepUnreachable)) throw error;
      const places = error instanceof KeepError ? error.errors : [];
      const bad = Math.min(...places.map(({ index }) => index ?? Infinity));
      if (bad === Infinity) throw new IngestStopped(error, stored);
      const line = stored.lines + bad + 1;
      // A batch is stored whole or not at all; of a stream, what comes before the refused line is stored.
      if (bad > 0) await store(these.slice(0, bad));
      throw new IngestStopped(error, stored, line);
    }
  };
  const send = async (): Promise<void> => {
    if (batch.length === 0) return;
    await store(batch);
    onProgress?.(stored);
    batch = [];
    units = 0;
  };
  for await (const event of events) {
    const sent = sentEvent(event);
    const { length } = JSON.stringify(sent);
    if (batch.length === batchEvents || units + length > batchUnits) await send();
    batch.push(sent);
    units += length;
  }
  await send();
  return stored;
}

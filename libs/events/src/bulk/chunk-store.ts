import type { AppendResult, BulkCount, BulkOutcome, BulkStream } from '@datakeep/contracts';
import { DatakeepError, type Clock, type InputError } from '@datakeep/kernel';
import { LineChunks, type LineChunk } from './line-chunks.ts';

export type Stop = NonNullable<BulkOutcome['stopped']>;

/** A chunk that has been looked at: what of it can be stored. */
export interface Prepared<Event> {
  readonly events: readonly Event[];
  /** The line of each event, from 1. */
  readonly lines: readonly number[];
  /** Why nothing follows these: of the chunk's first line that is not among them. */
  readonly stop: Stop | undefined;
}

interface Chunk<Event> extends Prepared<Event> {
  /** The last line that is done with once the events are stored. */
  readonly until: number;
}

/** What differs between streams. */
export interface ChunkWork<Event> {
  /** Looks at a chunk while the one before is being stored. */
  prepare(chunk: LineChunk): Promise<Prepared<Event>>;
  /** All or none; a conflict stores none. */
  store(events: readonly Event[]): Promise<AppendResult[]>;
  /** What a line is refused with that conflicts with what is stored. */
  conflict(line: number): DatakeepError;
}

/** A storage that is busy is asked again for this long, ms: the sender waits as long. */
const busyMs = 60_000;

/** Reads a stream and stores it chunk by chunk: the next one is read and looked at while the former is written. */
export class ChunkStore<Event> {
  #count: BulkCount = { lines: 0, accepted: 0, duplicates: 0 };

  constructor(
    private readonly work: ChunkWork<Event>,
    private readonly stream: BulkStream,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<BulkOutcome> {
    let writing: Promise<Stop | undefined> = Promise.resolve(undefined);
    let stop: Stop | undefined;
    for await (const chunk of new LineChunks(this.stream.body, this.clock)) {
      const prepared = await this.#prepare(chunk);
      stop = await writing;
      if (stop) break;
      writing = this.#write(prepared);
      if (prepared.stop) break;
    }
    stop ??= await writing;
    return stop ? { ...this.#count, stopped: stop } : this.#count;
  }

  async #prepare(chunk: LineChunk): Promise<Chunk<Event>> {
    const { first, lines, fault } = chunk;
    try {
      await this.stream.admit();
      const prepared = await this.work.prepare(chunk);
      const { stop = fault && located(fault.error, fault.line) } = prepared;
      return { ...prepared, stop, until: (prepared.stop?.line ?? first + lines.length) - 1 };
    } catch (error) {
      return { events: [], lines: [], stop: { error: known(error) }, until: first - 1 };
    }
  }

  /** Never rejects: what fails is the stream's end. */
  async #write({ events, lines, until, stop }: Chunk<Event>): Promise<Stop | undefined> {
    try {
      const results = events.length === 0 ? [] : await this.#store(events);
      const conflict = results.findIndex((result) => result.status === 'conflict');
      if (conflict < 0) {
        this.#add(results, until);
        return stop;
      }
      // The list was refused as a whole: the events before the conflict are stored without it.
      const line = lines[conflict] as number;
      const before = { events: events.slice(0, conflict), lines, until: line - 1 };
      return await this.#write({ ...before, stop: located(this.work.conflict(line), line) });
    } catch (error) {
      return { error: known(error) };
    }
  }

  #add(results: readonly AppendResult[], until: number): void {
    const duplicates = results.reduce((sum, result) => sum + (result.status === 'duplicate' ? 1 : 0), 0);
    const { accepted, duplicates: before, lines } = this.#count;
    this.#count = {
      lines: Math.max(lines, until),
      accepted: accepted + results.length - duplicates,
      duplicates: before + duplicates,
    };
    this.stream.progress(this.#count);
  }

  async #store(events: readonly Event[]): Promise<AppendResult[]> {
    const end = this.clock.monotonic() + busyMs;
    for (;;) {
      try {
        return await this.work.store(events);
      } catch (error) {
        const { code, retryAfterSeconds = 1 } = known(error);
        if (code !== 'storage-busy' || this.clock.monotonic() >= end) throw error;
        await new Promise<void>((resolve) => this.clock.setTimer(retryAfterSeconds * 1000, resolve));
        await this.stream.admit();
      }
    }
  }
}

function known(error: unknown): DatakeepError {
  return DatakeepError.from(error) ?? new DatakeepError('internal', undefined, { cause: error });
}

/** The same error with the line that it is about, in its words and in each of its places. */
export function located(error: DatakeepError, line: number | undefined): Stop {
  if (line === undefined) return { error };
  const places = error.errors.length > 0 ? error.errors : wholeLine(error);
  const errors = places.map((place): InputError => {
    const { index: _index, ...rest } = place;
    return Object.assign(rest, { line: place.line ?? line });
  });
  const { cause, retryAfterSeconds } = error;
  const detail = `Line ${line}: ${error.message}`;
  return {
    line,
    error: new DatakeepError(error.code, detail, { errors, cause, retryAfterSeconds }),
  };
}

/** The place of an error that is the line's as a whole; none where the line is not to blame. */
function wholeLine({ code, message }: DatakeepError): readonly InputError[] {
  if (code === 'unreadable-body') return [{ pointer: '', code: 'format', detail: message }];
  return code === 'body-too-large' ? [{ pointer: '', code: 'range', detail: message }] : [];
}

/** The values of a chunk's lines, up to the first that is no JSON; blank lines are left out. */
export function readLines(
  chunk: LineChunk,
  read: (text: string) => unknown,
): { values: unknown[]; lines: number[]; stop?: Stop } {
  const values: unknown[] = [];
  const lines: number[] = [];
  for (const [index, text] of chunk.lines.entries()) {
    if (text === '' || text.trim() === '') continue;
    const line = chunk.first + index;
    try {
      values.push(read(text));
      lines.push(line);
    } catch (error) {
      return { values, lines, stop: located(known(error), line) };
    }
  }
  return { values, lines };
}

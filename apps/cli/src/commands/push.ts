import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { systemFault } from '@datakeep/backup';
import { isObject } from '@datakeep/kernel';
import type { JsonObject, NewEvent } from '../../../../clients/typescript/src/index.ts';
import { loggedIn } from '../developer/login-file.ts';
import { ensureRights } from '../developer/rights.ts';
import { linesOf } from '../lines.ts';
import { NotDone } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';

export interface PushOptions {
  readonly file: string;
  readonly profile: string;
}

/**
 * Stores each line of the NDJSON as an event: a payload, or an event as `query` prints it, of which the payload, the
 * identifier and the date are taken. Streamed; what comes before a bad line is stored.
 */
export async function push({ file, profile }: PushOptions, { reporter }: CommandContext): Promise<void> {
  const keep = loggedIn();
  const input = file === '-' ? process.stdin : await opened(file);
  await ensureRights(keep, profile, ['create']);
  const lines = new EventLines(input, profile);
  // What is on its way is waited for, so that the report has all that was stored. A second signal ends at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => lines.interrupt());
  const { accepted, duplicates } = await keep.events.ingest(lines.events());
  if (lines.fault !== undefined)
    throw new NotDone(`${lines.fault}\nStored before: ${accepted} new, ${duplicates} known already; nothing after.`);
  reporter.done({ accepted, duplicates }, [`Stored: ${accepted} new, ${duplicates} known already.`]);
}

class EventLines {
  /** Why the events ended before the input did. */
  fault: string | undefined;

  constructor(
    private readonly input: Readable,
    private readonly profile: string,
  ) {}

  interrupt(): void {
    this.fault = 'Interrupted.';
    this.input.destroy(new Error(this.fault));
  }

  async *events(): AsyncGenerator<NewEvent, void, undefined> {
    try {
      yield* this.#read();
    } catch (error) {
      this.fault ??= `The file cannot be read: ${systemFault(error)}.`;
    }
  }

  async *#read(): AsyncGenerator<NewEvent, void, undefined> {
    let number = 0;
    for await (const line of linesOf(this.input)) {
      number += 1;
      if (line.trim() === '') continue;
      const value = parsed(line);
      if (value === undefined) {
        this.fault = `Line ${number} is no JSON object.`;
        return;
      }
      yield eventOf(value, this.profile);
    }
  }
}

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function eventOf(value: JsonObject, profile: string): NewEvent {
  const { metadata, payload } = value;
  const isEvent = isObject(metadata) && isObject(payload) && typeof metadata['profile'] === 'string';
  if (!isEvent) return { profile, payload: value };
  const { createdDate, identifier } = metadata;
  return {
    profile,
    payload,
    ...(typeof createdDate === 'string' ? { createdDate } : {}),
    ...(typeof identifier === 'string' ? { identifier } : {}),
  };
}

/** Before rights are asked for, so that a wrong name asks for none. */
async function opened(file: string): Promise<Readable> {
  const stream = createReadStream(file);
  try {
    await new Promise<void>((resolve, reject) => stream.once('ready', resolve).once('error', reject));
    return stream;
  } catch (error) {
    throw new NotDone(`${file} cannot be read: ${systemFault(error)}.`, { cause: error });
  }
}

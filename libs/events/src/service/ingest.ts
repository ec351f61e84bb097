import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { DatakeepError, maxReportedErrors, readJsonBatch, type Ids, type InputError } from '@datakeep/kernel';
import type {
  AppendResult,
  CompiledProfile,
  IngestAnswer,
  NewEvent,
  ProfileCatalogue,
  Right,
  SchemaFailure,
} from '@datakeep/contracts';
import { readSentEvent, sentEvents, type SentEvent } from './event-input.ts';
import { oversize } from './event-size.ts';
import { forbidden, type CallerRights } from './rights.ts';
import { nextSlice, sliceIsOver } from './time-slice.ts';

/**
 * Budget for validating the events of one list, in ms of wall time, and then once more in ms of CPU time: a base
 * whatever its size, and an amount for each byte of payload. A thousand ordinary events take some 10 ms; the most
 * expensive payload that a profile lets pass takes half a second.
 */
const validationMs = 500;
const validationPerByteMs = 100 / 1e6;

const wallMs = (): number => performance.now();
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

interface Target {
  readonly profile: CompiledProfile | undefined;
  readonly rights: ReadonlySet<Right>;
}

/**
 * The rules of ingest (docs/api.md) for one request: everything is checked before anything is stored, and faults are
 * reported per event.
 */
export class IngestRequest {
  readonly #errors: InputError[] = [];
  /** The first event beyond the limit of one; those after it were not looked at. */
  #oversize: { readonly at: number; readonly error: DatakeepError } | undefined;
  readonly #targets = new Map<string, Target | undefined>();
  /** Beyond what the bytes allow, by the clock of the time. */
  #validationMs = 0;
  #validationClock = wallMs;

  constructor(
    private readonly rights: CallerRights,
    private readonly source: string,
    private readonly profiles: ProfileCatalogue,
  ) {}

  /** What can be stored of the body's list: all of it, else it throws. */
  async read(body: string, now: number, ids: Ids): Promise<readonly NewEvent[]> {
    const sent = this.#read(readJsonBatch(body));
    await this.#resolve();
    const missing = this.#checkTargets(sent);
    if (missing !== undefined && this.#errors.length === 0) throw forbidden('create', missing);
    const events = await this.#completeAll(sent, now, ids, true);
    if (this.#oversize) throw this.#oversize.error;
    this.#throwIfAny();
    return events;
  }

  /** The events before the first refused one, and its error; `at` is its index in the list. For one list only. */
  async prepare(
    listed: readonly unknown[],
    now: number,
    ids: Ids,
  ): Promise<{
    readonly events: readonly NewEvent[];
    readonly refused?: { readonly at: number; readonly error: DatakeepError };
  }> {
    const sent = this.#readEvents(listed);
    await this.#resolve();
    const denied = sent.findIndex((event) => {
      const target = event && this.#targets.get(event.profile);
      return target?.profile !== undefined && !target.rights.has('create');
    });
    const allowed = denied < 0 ? sent : sent.slice(0, denied);
    this.#checkTargets(allowed);
    const events = await this.#completeAll(allowed, now, ids, false);
    const first = Math.min(...this.#errors.map((error) => error.index ?? 0));
    if (this.#oversize && this.#oversize.at < first)
      return { events: events.slice(0, this.#oversize.at), refused: this.#oversize };
    if (this.#errors.length > 0)
      return {
        events: events.slice(0, first),
        refused: { at: first, error: DatakeepError.invalid(this.#errors.filter((error) => error.index === first)) },
      };
    const name = denied < 0 ? undefined : sent[denied]?.profile;
    return name === undefined ? { events } : { events, refused: { at: denied, error: forbidden('create', name) } };
  }

  /** Form of the body. An event that is wrong leaves a hole, so that the indexes of the others stay. */
  #read(body: unknown): readonly (SentEvent | undefined)[] {
    const report = (error: InputError): void => void this.#errors.push(error);
    const listed = sentEvents(body, report);
    if (listed === undefined || this.#errors.length > 0)
      throw DatakeepError.invalid(this.#errors.slice(0, maxReportedErrors));
    return this.#readEvents(listed);
  }

  #readEvents(listed: readonly unknown[]): readonly (SentEvent | undefined)[] {
    const report = (error: InputError): void => void this.#errors.push(error);
    const sent: (SentEvent | undefined)[] = [];
    for (let index = 0; index < listed.length; index++) {
      const event = readSentEvent(listed[index], index, report);
      sent.push(event);
      if (event !== undefined && !this.#targets.has(event.profile)) this.#targets.set(event.profile, undefined);
    }
    return sent;
  }

  /** Looks up every profile and the rights on it once; waits only where a port has to. */
  async #resolve(): Promise<void> {
    for (const name of this.#targets.keys()) {
      const found = this.profiles.find(name);
      const profile = found instanceof Promise ? await found : found;
      const rights = this.rights.on(name);
      this.#targets.set(name, { profile, rights: rights instanceof Promise ? await rights : rights });
    }
  }

  /** `isBounded`: by the budget of a list, which its sender can halve; a stream is cut up by the keep. */
  async #completeAll(
    sent: readonly (SentEvent | undefined)[],
    now: number,
    ids: Ids,
    isBounded: boolean,
  ): Promise<NewEvent[]> {
    const events: NewEvent[] = [];
    const identified = new Map<string, NewEvent>();
    for (let index = 0; index < sent.length; index++) {
      while (sliceIsOver()) await nextSlice();
      const event = sent[index];
      const target = event && this.#targets.get(event.profile);
      if (!event || !target?.profile || !target.rights.has('create')) continue;
      // Before the schema is asked: an event beyond the limit costs no more than being read.
      const text = JSON.stringify(event.payload);
      const error = oversize(text, `Event ${index}`, { index, pointer: `/events/${index}/payload` });
      if (error !== undefined) {
        this.#oversize = { at: index, error };
        break;
      }
      const failure = this.#validate(target.profile, event.payload, text.length);
      if (failure !== undefined) this.#report(index, `/payload${failure.pointer}`, 'schema', failure.detail);
      if (failure?.tooDear) break;
      if (isBounded && this.#validationIsOver()) {
        // Without an index: nothing is wrong with any of them.
        const detail = `the first ${index + 1} events take too long to validate: send fewer at once`;
        this.#errors.push({ pointer: '/events', code: 'list-too-costly', detail });
        break;
      }
      if (failure !== undefined) continue;
      const complete = this.#complete(event, text, now, ids);
      if (complete.identifier !== undefined && this.#clashes(complete, identified)) {
        this.#report(
          index,
          '/metadata/identifier',
          'duplicate-identifier',
          'an earlier event of this request has this identifier and other content',
        );
        continue;
      }
      events.push(complete);
    }
    return events;
  }

  #validate(profile: CompiledProfile, payload: unknown, bytes: number): SchemaFailure | undefined {
    const began = this.#validationClock();
    const failure = profile.validate(payload, bytes);
    this.#validationMs += this.#validationClock() - began - bytes * validationPerByteMs;
    return failure;
  }

  /**
   * Whether the list has taken what one may. Wall time is cheap to read and says nearly always that it has not; once it
   * is up CPU time counts, so that a busy machine refuses no list.
   */
  #validationIsOver(): boolean {
    if (this.#validationMs <= validationMs) return false;
    if (this.#validationClock === threadCpuMs) return true;
    this.#validationClock = threadCpuMs;
    this.#validationMs = 0;
    return false;
  }

  /** 422 before 403: reports profiles that are not there, and answers one whose right is. */
  #checkTargets(sent: readonly (SentEvent | undefined)[]): string | undefined {
    let missing: string | undefined;
    let unknown = false;
    for (const [name, target] of this.#targets) {
      if (!target?.profile) unknown = true;
      else if (!target.rights.has('create')) missing ??= name;
    }
    if (unknown)
      for (let index = 0; index < sent.length; index++) {
        const name = sent[index]?.profile;
        if (name !== undefined && !this.#targets.get(name)?.profile)
          this.#report(index, '/metadata/profile', 'unknown-profile', 'there is no profile of that name');
      }
    return missing;
  }

  #complete(event: SentEvent, text: string, now: number, ids: Ids): NewEvent {
    const { profile, identifier, payload } = event;
    const id = ids.next();
    const source = this.source;
    const createdAt = event.createdAt ?? now;
    // Two literals and no spread: this runs for every event.
    if (identifier === undefined) return { id, profile, source, createdAt, acceptedAt: now, payload: text };
    const digest = hash('sha256', canonicalize(payload)!, 'hex');
    return {
      id,
      profile,
      source,
      identifier,
      createdAt,
      acceptedAt: now,
      payload: text,
      digest,
      createdAtGiven: event.createdAt !== undefined,
    };
  }

  /**
   * Whether an earlier event of the request has the identifier with other content. The same content passes: the storage
   * answers it as a duplicate.
   */
  #clashes(event: NewEvent, identified: Map<string, NewEvent>): boolean {
    const key = `${event.identifier!.length}:${event.identifier!}${event.profile}`;
    const earlier = identified.get(key);
    if (earlier === undefined) {
      identified.set(key, event);
      return false;
    }
    return earlier.digest !== event.digest || (event.createdAtGiven === true && earlier.createdAt !== event.createdAt);
  }

  #report(index: number, place: string, code: InputError['code'], detail: string): void {
    this.#errors.push({ index, pointer: `/events/${index}${place}`, code, detail });
  }

  #throwIfAny(): void {
    if (this.#errors.length === 0) return;
    const errors = this.#errors.toSorted((a, b) => (a.index ?? -1) - (b.index ?? -1));
    throw DatakeepError.invalid(errors.slice(0, maxReportedErrors));
  }
}

/** Throws `identifier-conflict` where the storage refused the list. */
export function ingestAnswer(results: readonly AppendResult[]): IngestAnswer {
  const conflicts: InputError[] = [];
  const events: IngestAnswer['events'][number][] = [];
  let duplicates = 0;
  let lastAt = Number.NaN;
  let acceptedDate = '';
  for (let index = 0; index < results.length; index++) {
    const { id, acceptedAt, status } = results[index]!;
    if (status === 'conflict') {
      if (conflicts.length < maxReportedErrors)
        conflicts.push({
          index,
          pointer: `/events/${index}/metadata/identifier`,
          code: 'identifier-conflict',
          detail: 'the identifier is taken by other content',
        });
      continue;
    }
    if (status === 'duplicate') duplicates++;
    if (acceptedAt !== lastAt) {
      lastAt = acceptedAt;
      acceptedDate = new Date(acceptedAt).toISOString();
    }
    events.push({ id, acceptedDate, status });
  }
  if (conflicts.length > 0)
    throw new DatakeepError('identifier-conflict', 'Nothing was stored: an identifier is taken by other content.', {
      errors: conflicts,
    });
  return { accepted: events.length - duplicates, duplicates, events };
}

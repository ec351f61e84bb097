import type { AppendResult, DataStorage, ProfileCatalogue, RestoredEvent } from '@datakeep/contracts';
import { DatakeepError, defaultJsonLimits, InputErrors, isObject, readJson } from '@datakeep/kernel';
import { oversize } from '../service/event-size.ts';
import { nextSlice, sliceIsOver } from '../service/time-slice.ts';
import { knownProfile } from '../query/input.ts';
import { located, readLines, type ChunkWork, type Prepared } from './chunk-store.ts';
import type { LineChunk } from './line-chunks.ts';
import { readStoredEvent } from './stored-event-input.ts';

/**
 * An exported event has more metadata than a sent one, and an exported schema is one level deeper than a registered
 * one.
 */
const lineLimits = { maxDepth: defaultJsonLimits.maxDepth + 1, maxKeys: defaultJsonLimits.maxKeys + 20 };
const lineMembers: ReadonlySet<string> = new Set(['profile']);
const profileMembers: ReadonlySet<string> = new Set(['name', 'schema']);

/** Registers a profile of an export; repeating it has no effect. Rejects with `profile-differs` or `invalid`. */
export type RegisterProfile = (name: string, schema: unknown) => Promise<unknown>;

/** Lines of an export: profiles are registered in their order among the events, and events are restored. */
export class ImportLines implements ChunkWork<RestoredEvent> {
  constructor(
    private readonly storage: DataStorage,
    private readonly profiles: ProfileCatalogue,
    private readonly register: RegisterProfile,
  ) {}

  async prepare(chunk: LineChunk): Promise<Prepared<RestoredEvent>> {
    const { values, lines, stop } = readLines(chunk, (text) => readJson(text, lineLimits));
    const events: RestoredEvent[] = [];
    const eventLines: number[] = [];
    for (const [index, value] of values.entries()) {
      while (sliceIsOver()) await nextSlice();
      const line = lines[index] as number;
      try {
        const event = await this.#read(value);
        if (event === undefined) continue;
        events.push(event);
        eventLines.push(line);
      } catch (error) {
        const known = DatakeepError.from(error);
        if (known === undefined) throw error;
        return { events, lines: eventLines, stop: located(known, line) };
      }
    }
    return { events, lines: eventLines, stop };
  }

  store(events: readonly RestoredEvent[]): Promise<AppendResult[]> {
    return this.storage.restore(events);
  }

  conflict(line: number): DatakeepError {
    const detail = 'another event lives under this id or this identifier';
    return new DatakeepError('identifier-conflict', detail, {
      errors: [{ line, pointer: '/id', code: 'identifier-conflict', detail }],
    });
  }

  async #read(value: unknown): Promise<RestoredEvent | undefined> {
    if (!isObject(value))
      throw DatakeepError.invalidAt('', 'type', 'a line is an event, or { "profile": { name, schema } }');
    if ('profile' in value) {
      await this.#readProfile(value);
      return undefined;
    }
    if ('summary' in value) return undefined;
    if ('problem' in value)
      throw DatakeepError.invalidAt('/problem', 'unknown-member', 'the export that wrote this ended before its end');
    const { value: payload, ...event } = readStoredEvent(value);
    const profile = await knownProfile(this.profiles, event.profile, '/metadata/profile');
    const tooLarge = oversize(event.payload, 'The event', { pointer: '/payload' });
    if (tooLarge !== undefined) throw tooLarge;
    const failure = profile.validate(payload, event.payload.length);
    if (failure !== undefined) throw DatakeepError.invalidAt(`/payload${failure.pointer}`, 'schema', failure.detail);
    return event;
  }

  async #readProfile(value: Readonly<Record<string, unknown>>): Promise<void> {
    const { profile } = value;
    if (!isObject(profile)) throw DatakeepError.invalidAt('/profile', 'type', 'a profile is { name, schema }');
    const issues = new InputErrors();
    issues.onlyMembers(value, lineMembers, 'the line of a profile has');
    issues.onlyMembers(profile, profileMembers, 'a profile has', { at: '/profile' });
    issues.throwIfAny();
    const { name, schema } = profile;
    if (typeof name !== 'string') throw DatakeepError.invalidAt('/profile/name', 'type', 'a profile has a name');
    try {
      await this.register(name, schema);
    } catch (error) {
      const known = DatakeepError.from(error);
      if (known?.code !== 'invalid') throw error;
      throw DatakeepError.invalid(
        known.errors.map(({ pointer, code, detail }) => ({ pointer: `/profile${pointer}`, code, detail })),
      );
    }
  }
}

import type {
  Caller,
  ChangeFeedService,
  ChangePage,
  Consent,
  CursorSealer,
  DataStorage,
  EventChange,
  FollowedChanges,
  JsonAnswer,
  ProfileCatalogue,
} from '@datakeep/contracts';
import { type Clock, DatakeepError, InputErrors, lruMap, within } from '@datakeep/kernel';
import { CallerRights, callerScope, fairnessKeyOf, forbidden, knowsSource } from '../service/rights.ts';
import type { RowQuota } from '../service/row-quota.ts';
import { knownProfile } from '../query/input.ts';
import { limitParameter } from '../service/list-parameters.ts';

export interface ChangeFeedServiceOptions {
  readonly storage: DataStorage;
  readonly consent: Consent;
  readonly profiles: ProfileCatalogue;
  readonly cursors: CursorSealer;
  readonly clock: Clock;
  readonly rows: RowQuota;
  /** Time budget of one answer, ms. */
  readonly queryTimeoutMs: number;
}

interface ChangesRequest {
  readonly profile: string | undefined;
  readonly since: string | undefined;
  readonly limit: number;
}

/** An answer with this much text ends early, UTF-16 units. */
const answerUnits = 4 * 1024 * 1024;
/** Searches without a find that were broken off, and how far they came. */
const rememberedSearches = 1000;
const followedTogether = 100;
/** How often a follower's rights are looked at while nothing happens, ms. */
const tickMs = 250;
/** Interval of the stream's heartbeat, ms. */
const beatMs = 15_000;

const known: ReadonlySet<string> = new Set(['profile', 'since', 'limit']);

/** The change feed over any Data Storage; its law is that of the port. */
export class DefaultChangeFeedService implements ChangeFeedService {
  /** By caller, position and readable profiles: a new right starts a new search. */
  readonly #searched = lruMap<{ readonly reached: string }>(rememberedSearches);

  constructor(private readonly options: ChangeFeedServiceOptions) {}

  async changes(caller: Caller, parameters: Readonly<Record<string, string>>): Promise<JsonAnswer> {
    const request = readParameters(parameters);
    await this.#checkProfile(request);
    const { clock, queryTimeoutMs, rows } = this.options;
    await rows.admit(caller);
    const since = request.since === undefined ? undefined : this.#open(caller, request.since);
    const search = JSON.stringify([
      callerScope(caller),
      since ?? null,
      [...((await this.#readable(caller, request)) ?? [])],
    ]);
    const end = clock.monotonic() + queryTimeoutMs;
    const items: string[] = [];
    let units = 0;
    let after = this.#searched.get(search)?.reached ?? since;
    this.#searched.delete(search);
    for (;;) {
      const { changes, next, more } = await this.#page(caller, request, after, request.limit - items.length);
      for (const change of changes) {
        const item = changeJson({ ...change, place: this.#seal(caller, change.place) });
        units += item.length;
        items.push(item);
      }
      after = next;
      const isFull = items.length === request.limit || units >= answerUnits;
      if (!isFull && more && clock.monotonic() < end) continue;
      // A short answer may have more after it; one without items says that there is no more.
      if (!more || items.length > 0) {
        await rows.charge(caller, items.length);
        return {
          json: `{"items":[${items.join(',')}],"next":${JSON.stringify(this.#seal(caller, next))}}`,
          items: items.length,
        };
      }
      this.#searched.set(search, { reached: next });
      throw new DatakeepError('query-timeout', 'There is more to look through; the same request goes on from there.', {
        retryAfterSeconds: 1,
      });
    }
  }

  async follow(
    caller: Caller,
    parameters: Readonly<Record<string, string>>,
    afterId: string | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<FollowedChanges>> {
    const request = readParameters(parameters);
    await this.#checkProfile(request);
    await this.options.rows.admit(caller);
    const began = await this.#readable(caller, request);
    const since = afterId ?? request.since;
    const place = since === undefined ? undefined : this.#open(caller, since);
    // A page that is discarded: an illegal position is reported before the stream begins.
    if (place !== undefined) await this.options.storage.changes({ after: place, limit: 1, profiles: [] });
    return this.#followed(caller, request, began, place ?? (await this.options.storage.lastChange()), signal);
  }

  async *#followed(
    caller: Caller,
    request: ChangesRequest,
    began: ReadonlySet<string> | undefined,
    place: string,
    signal: AbortSignal,
  ): AsyncGenerator<FollowedChanges, void, undefined> {
    const { storage, clock, rows } = this.options;
    let woken = Promise.withResolvers<void>();
    const wake = (): void => woken.resolve();
    let dirty = true;
    const stop = storage.watchChanges(() => {
      dirty = true;
      wake();
    });
    signal.addEventListener('abort', wake);
    let after = place;
    // The first beat comes at once: a client that is cut off before any change knows the place where it began.
    let sentAt = -Infinity;
    try {
      for (;;) {
        signal.throwIfAborted();
        woken = Promise.withResolvers();
        const held = await this.#readable(caller, request);
        for (const profile of began ?? []) if (held && !held.has(profile)) throw forbidden('read', profile);
        // A stream whose reader has had its rows of a minute goes on later, and leaves nothing out.
        if (dirty && (await rows.waitMs(caller)) === 0) {
          dirty = false;
          const { changes, next, more } = await this.#page(caller, request, after, followedTogether);
          dirty ||= more;
          after = next;
          if (changes.length === 0) continue;
          await rows.charge(caller, changes.length);
          sentAt = clock.monotonic();
          yield {
            changes: changes.map((change) => Object.assign({}, change, { place: this.#seal(caller, change.place) })),
            next: this.#seal(caller, next),
          };
          continue;
        }
        if (clock.monotonic() - sentAt >= beatMs) {
          sentAt = clock.monotonic();
          yield { changes: [], next: this.#seal(caller, after) };
        }
        await within(clock, tickMs, woken.promise);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      stop();
    }
  }

  #seal(caller: Caller, place: string): string {
    return this.options.cursors.seal(placeScope(caller), place, Infinity);
  }

  #open(caller: Caller, place: string): string {
    return this.options.cursors.open(placeScope(caller), place, '/since') as string;
  }

  /** One page of the storage, of what the caller may read before it is asked for and after. */
  async #page(caller: Caller, request: ChangesRequest, after: string | undefined, limit: number): Promise<ChangePage> {
    const before = await this.#readable(caller, request);
    const page = await this.options.storage.changes({
      limit,
      fairnessKey: fairnessKeyOf(caller),
      after,
      profiles: before && [...before],
    });
    const now = await this.#readable(caller, request);
    const isTheirs = (change: EventChange): boolean =>
      (now?.has(change.profile) ?? true) && (caller.kind !== 'run' || knowsSource(caller, sourceIn(change)));
    return { ...page, changes: page.changes.filter(isTheirs) };
  }

  /** The profiles of the request that the caller may read now; undefined: all there are. */
  async #readable(caller: Caller, { profile }: ChangesRequest): Promise<ReadonlySet<string> | undefined> {
    const rights = new CallerRights(caller, this.options.consent);
    if (profile === undefined) return rights.profilesWith('read');
    if (!(await rights.on(profile)).has('read')) throw forbidden('read', profile);
    return new Set([profile]);
  }

  async #checkProfile({ profile }: ChangesRequest): Promise<void> {
    if (profile !== undefined) await knownProfile(this.options.profiles, profile, '/profile');
  }
}

/** A change as it is answered. */
export function changeJson({ change, json, place }: Pick<EventChange, 'change' | 'json' | 'place'>): string {
  return `{"change":"${change}","event":${json},"place":${JSON.stringify(place)}}`;
}

const placeScope = (caller: Caller): string => `changes ${callerScope(caller)}`;

function sourceIn({ json }: EventChange): string {
  return (JSON.parse(json) as { metadata: { source: string } }).metadata.source;
}

function readParameters(parameters: Readonly<Record<string, string>>): ChangesRequest {
  const issues = new InputErrors();
  issues.onlyMembers(parameters, known, 'the parameters are', { code: 'unknown-parameter' });
  const { profile, since } = parameters;
  const limit = limitParameter(parameters['limit'], issues);
  issues.throwIfAny();
  return { profile, since, limit };
}

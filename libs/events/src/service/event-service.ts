import canonicalize from 'canonicalize';
import {
  beforeWriting,
  type Clock,
  DatakeepError,
  type Ids,
  InputErrors,
  isId,
  isObject,
  readJson,
} from '@datakeep/kernel';
import type {
  Caller,
  Consent,
  CursorSealer,
  DataStorage,
  EventAnswer,
  EventService,
  IngestAnswer,
  NewEvent,
  PageAnswer,
  ProfileAnswer,
  PageOptions,
  Position,
  ProfileCatalogue,
  Right,
  StoredEvent,
} from '@datakeep/contracts';
import { parseAggregation, resolveAggregation } from '../query/aggregation-parser.ts';
import { knownProfile } from '../query/input.ts';
import { parseQuery, resolveQuery, type ParsedQuery } from '../query/query-parser.ts';
import { oversize } from './event-size.ts';
import { parseIfMatch, requiredVersion } from './if-match.ts';
import { ingestAnswer, IngestRequest } from './ingest.ts';
import { parseListParameters } from './list-parameters.ts';
import type { RowQuota } from './row-quota.ts';
import { storeWithin } from './store-within.ts';
import type { StoredQuota } from './stored-quota.ts';
import {
  CallerRights,
  callerScope,
  fairnessKeyOf,
  forbidden,
  knowsSource,
  modifierOf,
  sourceOf,
  withinSource,
} from './rights.ts';

export interface EventServiceOptions {
  readonly storage: DataStorage;
  readonly consent: Consent;
  readonly profiles: ProfileCatalogue;
  readonly cursors: CursorSealer;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  readonly quota: StoredQuota;
  readonly rows: RowQuota;
  /** Time budget of one query, ms. */
  readonly queryTimeoutMs: number;
}

/** The event service over any Data Storage; its law is that of the port. */
export class DefaultEventService implements EventService {
  constructor(private readonly options: EventServiceOptions) {}

  async ingest(caller: Caller, body: string): Promise<IngestAnswer> {
    const events = await beforeWriting(this.#checked(caller, body));
    return ingestAnswer(await storeWithin(this.options, caller, events));
  }

  async query(caller: Caller, body: string, options: PageOptions = {}): Promise<PageAnswer> {
    const request = readJson(body);
    const query = parseQuery(request);
    return this.#page(caller, query, options, () => {
      const { limit: _limit, cursor: _cursor, ...scope } = request as Record<string, unknown>;
      return `query ${canonicalize(scope)}`;
    });
  }

  async aggregate(caller: Caller, body: string): Promise<ProfileAnswer> {
    const parsed = parseAggregation(readJson(body));
    const profile = await knownProfile(this.options.profiles, parsed.profile, '/profile');
    await this.#mayRead(caller, parsed.profile);
    await this.options.rows.admit(caller);
    const { filtered: _filtered, ...criteria } = parsed;
    const { storage, queryTimeoutMs } = this.options;
    const groups = await storage.aggregate({
      ...withinSource(caller, { ...criteria, ...resolveAggregation(parsed, profile) }),
      timeoutMs: queryTimeoutMs,
      fairnessKey: fairnessKeyOf(caller),
    });
    await this.options.rows.charge(caller, groups.length);
    return {
      json: `{"groups":${groups.groupsJson},"truncated":${groups.truncated}}`,
      items: groups.length,
      profile: profile.name,
    };
  }

  async list(caller: Caller, parameters: Readonly<Record<string, string>>): Promise<PageAnswer> {
    const { query, count } = parseListParameters(parameters);
    return this.#page(
      caller,
      query,
      { count },
      () => `list ${canonicalize({ profile: query.profile, filter: query.filter })}`,
    );
  }

  async get(caller: Caller, id: string): Promise<EventAnswer> {
    await this.options.rows.admit(caller);
    const { json, version, profile } = await this.#known(caller, id, 'read');
    await this.options.rows.charge(caller, 1);
    return { json, version, profile };
  }

  async modify(caller: Caller, id: string, body: string, ifMatch: string | undefined): Promise<EventAnswer> {
    const payload = payloadOf(readJson(body));
    const condition = ifMatch === undefined ? undefined : parseIfMatch(ifMatch);
    const stored = await beforeWriting(this.#known(caller, id, 'modify'));
    if (condition === undefined) throw new DatakeepError('if-match-required');
    const text = JSON.stringify(payload);
    const tooLarge = oversize(text, 'The event', { pointer: '/payload' });
    if (tooLarge !== undefined) throw tooLarge;
    const profile = await beforeWriting(knownProfile(this.options.profiles, stored.profile, ''));
    const failure = profile.validate(payload, text.length);
    if (failure !== undefined) throw DatakeepError.invalidAt(`/payload${failure.pointer}`, 'schema', failure.detail);
    const expected = requiredVersion(condition, stored.version);
    // The former event with its metadata: more than its payload, by too little to matter.
    const growth = Buffer.byteLength(text) - Buffer.byteLength(stored.json);
    const replace = (): Promise<StoredEvent> => this.options.storage.replace(id, text, expected, modifierOf(caller));
    const adding = { events: 0, bytes: growth };
    const replaced = growth > 0 ? this.options.quota.within(caller, stored.source, adding, replace) : replace();
    const { json, version } = await orNotFound(replaced);
    return { json, version, profile: stored.profile };
  }

  async remove(caller: Caller, id: string, ifMatch: string | undefined): Promise<{ readonly profile: string }> {
    const condition = ifMatch === undefined ? 'any' : parseIfMatch(ifMatch);
    const stored = await beforeWriting(this.#known(caller, id, 'delete'));
    await orNotFound(this.options.storage.remove(id, requiredVersion(condition, stored.version)));
    return { profile: stored.profile };
  }

  /** What can be stored of a list that was sent. */
  async #checked(caller: Caller, body: string): Promise<readonly NewEvent[]> {
    const { clock, ids, profiles, consent } = this.options;
    const rights = new CallerRights(caller, consent);
    const refusal = await rights.refusalUnread();
    if (refusal) throw refusal;
    return new IngestRequest(rights, sourceOf(caller), profiles).read(body, clock.now(), ids);
  }

  async #page(
    caller: Caller,
    query: ParsedQuery,
    { count, explain }: PageOptions,
    request: () => string,
  ): Promise<PageAnswer> {
    const { storage, cursors, queryTimeoutMs } = this.options;
    const profile = await knownProfile(this.options.profiles, query.profile, '/profile');
    await this.#mayRead(caller, query.profile);
    await this.options.rows.admit(caller);
    const resolved = resolveQuery(query, profile);
    const { cursor, named: _named, ...criteria } = query;
    let scope: string | undefined;
    const scopeText = (): string => (scope ??= `${callerScope(caller)} ${request()}`);
    const after = cursor === undefined ? undefined : (cursors.open(scopeText(), cursor, '/cursor') as Position);
    const page = await storage.query({
      ...withinSource(caller, { ...criteria, ...resolved }),
      after,
      count,
      explain,
      timeoutMs: queryTimeoutMs,
      fairnessKey: fairnessKeyOf(caller),
    });
    await this.options.rows.charge(caller, page.length);
    const next = page.next === null ? 'null' : JSON.stringify(cursors.seal(scopeText(), page.next));
    const counted = page.count === undefined ? '' : `,"count":${page.count}`;
    const explained = page.explain === undefined ? '' : `,"explain":${JSON.stringify(page.explain)}`;
    const json = ['{"items":', page.itemsJson, `,"nextCursor":${next}${counted}${explained}}`];
    return { json, items: page.length, profile: query.profile };
  }

  async #mayRead(caller: Caller, profile: string): Promise<void> {
    const rights = await new CallerRights(caller, this.options.consent).on(profile);
    if (!rights.has('read')) throw forbidden('read', profile);
  }

  /**
   * The event, if it is visible to the caller (else `not-found`, as for an unknown id) and the caller has the right
   * (else `forbidden`).
   */
  async #known(caller: Caller, id: string, right: Right): Promise<StoredEvent> {
    const stored = isId(id) ? await this.options.storage.get(id) : undefined;
    if (stored === undefined || !knowsSource(caller, stored.source)) throw notFound();
    const rights = await new CallerRights(caller, this.options.consent).on(stored.profile);
    if (rights.size === 0) throw notFound();
    if (!rights.has(right)) throw forbidden(right, stored.profile);
    return stored;
  }
}

function notFound(): DatakeepError {
  return new DatakeepError('not-found');
}

/** An event that went away in between gets the same answer as one that never was. */
async function orNotFound<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    throw DatakeepError.from(error)?.code === 'not-found' ? notFound() : error;
  }
}

const modifiable: ReadonlySet<string> = new Set(['payload']);

function payloadOf(body: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(body)) throw DatakeepError.invalidAt('', 'type', 'expected { "payload": { … } }');
  const issues = new InputErrors();
  issues.onlyMembers(body, modifiable, 'what can be modified of an event is');
  const { payload } = body;
  if (!isObject(payload)) issues.wrong(payload, '/payload', 'type', 'a payload is an object');
  issues.throwIfAny();
  return payload as Readonly<Record<string, unknown>>;
}

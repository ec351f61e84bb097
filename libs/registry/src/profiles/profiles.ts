import { createHash } from 'node:crypto';

import type { AuditEntry, CompiledProfile, Paging, ProfileCatalogue, RecordPage } from '@datakeep/contracts';
import { listPage, DocumentConflict, everyOf, type Collection, type DocumentStore } from '@datakeep/documents';
import {
  type AppLimits,
  checkAppLimit,
  type Clock,
  DatakeepError,
  type Ids,
  type Logger,
  lruMap,
} from '@datakeep/kernel';
import type { ValidateFunction } from 'ajv';
import canonicalize from 'canonicalize';

import type { AppQuota } from '../quota/app-quota.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ShortCache, type Found } from '../callers/short-cache.ts';
import { compileSchema } from './compile-schema.ts';
import { compiledProfile } from './compiled-profile.ts';
import { libraryPrefix, profileLibrary } from './profile-library.ts';
import { checkAscii, checkProfileName } from './profile-names.ts';
import { profileDefinition, showProfile, type ProfileRecord, type StoredProfile } from './profile-record.ts';
import { checkSchema } from './schema-rules.ts';
import { SchemaTrial } from './schema-trial.ts';
import { SchemaRefusal } from './schema-tree.ts';
import { dialectOf } from './schema-vocabulary.ts';

export interface ProfilesOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly quota: AppQuota;
  /** Default: a new one. */
  readonly trial?: SchemaTrial;
}

export interface Registration {
  readonly profile: ProfileRecord;
  /** False where it was there with the same schema. */
  readonly created: boolean;
}

const maxCompiled = 1000;
/** Bytes of schemas on one page: parsing and printing them takes the event loop some 10 ms. */
const pageBytes = 1024 * 1024;
/** They are read with their schemas. */
const namesAtOnce = 50;

/**
 * Profiles: named schemas. They come from apps and Ajv runs them as code, so each is checked against the limits of
 * schema-rules.ts and schema-tree.ts, then tried in a worker thread, and only then stored. A profile never changes
 * until it is deleted; the validators of those in use are kept compiled, by the schema's hash.
 */
export class Profiles implements ProfileCatalogue {
  readonly #records: Collection<StoredProfile>;
  readonly #trial: SchemaTrial;
  readonly #found: ShortCache<CompiledProfile | undefined>;
  readonly #compiled = lruMap<{ readonly hash: string; readonly profile: CompiledProfile }>(maxCompiled);
  readonly #byHash = lruMap<ValidateFunction>(maxCompiled);

  constructor(private readonly options: ProfilesOptions) {
    this.#trial = options.trial ?? new SchemaTrial();
    this.#records = options.documents.collection(profileDefinition);
    this.#found = new ShortCache(options.clock, maxCompiled);
  }

  find(name: string): CompiledProfile | undefined | Promise<CompiledProfile | undefined> {
    return this.#found.get(name, () => this.#load(name));
  }

  /** A profile was closed, opened or deleted: the next call reads anew. */
  forget(name: string): void {
    this.#found.drop(name);
  }

  /**
   * Another schema under the name: `profile-differs` (409), also where the name is one of the profile library, whose
   * schema needs not be given. A bad name or schema: 422. `app-limit-reached` beyond the app's limits.
   */
  register(name: string, schema: unknown, appId: string): Promise<Registration> {
    return this.#register(name, schema, { kind: 'app', id: appId });
  }

  /** The same in the admin's name. */
  registerByAdmin(name: string, schema: unknown, adminId: string): Promise<Registration> {
    return this.#register(name, schema, { kind: 'admin', id: adminId });
  }

  /** The same for a profile that an export brought, whose name may be one that could not be registered today. */
  restore(name: string, schema: unknown, adminId: string): Promise<Registration> {
    return this.#register(name, schema, { kind: 'admin', id: adminId }, 'any');
  }

  /** The names of all profiles, in no order that is promised. */
  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of everyOf(this.#records, {}, namesAtOnce)) names.push(name);
    return names;
  }

  async #register(
    name: string,
    value: unknown,
    actor: AuditEntry['actor'],
    names: 'ascii' | 'any' = 'ascii',
  ): Promise<Registration> {
    checkProfileName(name);
    const known = profileLibrary().get(name)?.schema;
    if (!known && names === 'ascii') checkNotReserved(name);
    const schema = value === undefined ? known : value;
    if (schema === undefined)
      throw DatakeepError.invalidAt(
        '/schema',
        'required',
        'Only a profile of the library is registered by name alone.',
      );
    const dialect = this.#refuse(() => checkSchema(schema));
    const canonical = canonicalize(schema)!;
    const hash = sha256(canonical);
    const bytes = Buffer.byteLength(canonical);
    if (known && hash !== hashOf(known)) throw new DatakeepError('profile-differs');
    const there = await this.#records.findOne({ name });
    if (there) return sameOrDiffers(there, hash);
    if (names === 'ascii') checkAscii(name);
    const { quota } = this.options;
    // Trying a schema costs more than counting.
    if (actor.kind === 'app') await this.#checkRoom(actor.id, await quota.of(actor.id), bytes);
    const refusal = this.#byHash.has(hash) ? undefined : await this.#trial.refusalOf({ schema, dialect });
    if (refusal !== undefined) throw refused('', refusal);
    const record: StoredProfile = {
      id: this.options.ids.next(),
      name,
      schema: schema as StoredProfile['schema'],
      hash,
      bytes,
      version: 1,
      createdBy: actor.id,
      createdAt: this.options.clock.now(),
    };
    const writes = [this.#records.insert(record)];
    const entry: AuditEntry = {
      action: 'profile.registered',
      actor,
      subject: { kind: 'profile', id: name },
      details: { hash },
    };
    try {
      if (actor.kind === 'app')
        await quota.add(actor.id, async (app) => {
          await this.#checkRoom(actor.id, quota.limitsOf(app), bytes);
          return { writes, entries: [entry], result: undefined };
        });
      else await this.options.audit.commit(writes, entry);
    } catch (error) {
      const winner =
        error instanceof DocumentConflict && error.kind === 'unique'
          ? await this.#records.findOne({ name })
          : undefined;
      if (winner) return sameOrDiffers(winner, hash);
      throw error;
    }
    this.options.logger.info('a profile was registered', {
      profile: name,
      ...(actor.kind === 'app' ? { appId: actor.id } : { adminId: actor.id }),
    });
    return { profile: showProfile(record), created: true };
  }

  async #checkRoom(appId: string, limits: AppLimits, bytes: number): Promise<void> {
    const { profiles, profileBytes } = await this.usage(appId);
    checkAppLimit(limits, 'profiles', profiles);
    checkAppLimit(limits, 'profileBytes', profileBytes, bytes);
  }

  /** What an app has of what its limits bound. */
  async usage(appId: string): Promise<{ readonly profiles: number; readonly profileBytes: number }> {
    const where = { createdBy: appId };
    const [profiles, profileBytes] = await Promise.all([this.#records.count(where), this.#records.sum('bytes', where)]);
    return { profiles, profileBytes };
  }

  async get(name: string): Promise<ProfileRecord> {
    const record = await this.#records.findOne({ name });
    if (!record) throw new DatakeepError('not-found');
    return showProfile(record);
  }

  list(paging: Paging): Promise<RecordPage<ProfileRecord>> {
    return listPage(this.#records, 'createdAt', {}, paging, showProfile, { of: bytesOf, most: pageBytes });
  }

  async #load(name: string): Promise<Found<CompiledProfile | undefined>> {
    const record = await this.#records.findOne({ name });
    const now = this.options.clock.now();
    // One that is missing may be registered at any moment.
    if (!record || (record.closedUntil ?? 0) > now) return { value: undefined, trueForMs: 0 };
    return { value: this.#compile(record) };
  }

  #compile({ name, schema, hash }: StoredProfile): CompiledProfile {
    const known = this.#compiled.get(name);
    if (known?.hash === hash) return known.profile;
    let validate = this.#byHash.get(hash);
    if (!validate) {
      validate = compileSchema(schema, dialectOf(schema) ?? '2020-12');
      this.#byHash.set(hash, validate);
    }
    const profile = compiledProfile(name, schema, validate);
    this.#compiled.set(name, { hash, profile });
    return profile;
  }

  #refuse<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (error instanceof SchemaRefusal) throw refused(error.pointer, error.message);
      throw error;
    }
  }
}

/** Records of earlier versions do not say it. */
const bytesOf = ({ bytes, schema }: StoredProfile): number => bytes ?? JSON.stringify(schema).length;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hashOf = (schema: object): string => sha256(canonicalize(schema)!);

/** A name that a later library may give a meaning. */
function checkNotReserved(name: string): void {
  if (name.startsWith(libraryPrefix))
    throw DatakeepError.invalidAt(
      '/name',
      'format',
      `Names that begin with ${libraryPrefix} are those of the profile library, and this is none.`,
    );
}

function refused(pointer: string, detail: string): DatakeepError {
  return DatakeepError.invalidAt(`/schema${pointer}`, 'schema-refused', detail);
}

function sameOrDiffers(record: StoredProfile, hash: string): Registration {
  if (record.hash !== hash) throw new DatakeepError('profile-differs');
  return { profile: showProfile(record), created: false };
}

import type { Profile as ProfileAnswer } from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import type { List, ListOptions } from '../lists/list.ts';
import { listOf } from '../lists/list-of.ts';
import type { JsonObject, PayloadOf } from '../payload-of.ts';

declare const payload: unique symbol;

/** A profile, with the type of its events' payloads. Wherever one is asked for, its name does as well. */
export interface Profile<Payload = JsonObject> {
  readonly name: string;
  readonly schema: unknown;
  /** For the compiler only. */
  readonly [payload]?: Payload;
}

export type ProfileRef<Payload = JsonObject> = Profile<Payload> | string;

export const nameOf = (profile: ProfileRef<never> | ProfileRef<unknown>): string =>
  typeof profile === 'string' ? profile : profile.name;

export class Profiles {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Registers a JSON Schema (draft 2020-12) by a name such as `diary.example/note`. The same again does nothing;
   * another schema by a name that is taken is `profile-differs`. A schema that is `as const` types the payloads.
   */
  async register<const Schema extends object>(
    name: string,
    schema: Schema,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Profile<PayloadOf<Schema>>> {
    const json = { name, schema };
    await this.#connection.ask({ method: 'POST', path: '/app/v1/profiles', json, signal, repeatable: 'always' });
    return { name, schema };
  }

  /** Registers a profile of the keep's library by its name alone, such as `library/note`. */
  async registerFromLibrary<Payload = JsonObject>(
    name: string,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Profile<Payload>> {
    const json = { name };
    return this.#connection.ask({ method: 'POST', path: '/app/v1/profiles', json, signal, repeatable: 'always' });
  }

  async get<Payload = JsonObject>(name: string): Promise<Profile<Payload>> {
    const path = `/app/v1/profiles/${encodeURIComponent(name)}`;
    return this.#connection.ask<ProfileAnswer>({ method: 'GET', path, repeatable: 'always' });
  }

  list(options: ListOptions = {}): List<Profile> {
    return listOf(this.#connection, '/app/v1/profiles', options);
  }
}

import type { Association, Me } from './generated/types.gen.ts';
import { Connection, type ConnectionOptions } from './http/connection.ts';
import { memoryTokens, type TokenStore } from './http/token-store.ts';
import { memoryOutbox } from './outbox/memory-outbox.ts';
import { Outbox, type OutboxOptions } from './outbox/outbox.ts';
import { Events } from './resources/events.ts';
import { Permissions } from './resources/permissions.ts';
import { Profiles } from './resources/profiles.ts';
import { Views } from './resources/views.ts';

export interface DatakeepOptions extends ConnectionOptions {
  /** Where the token is kept, and put when it is renewed; default: in memory. */
  readonly tokens?: TokenStore | undefined;
  /** Default: an outbox in memory. */
  readonly outbox?: OutboxOptions | undefined;
}

export interface ConnectOptions extends DatakeepOptions {
  /** The app's token, where `tokens` has none yet. */
  readonly token?: string | undefined;
}

export interface AssociateOptions extends DatakeepOptions {
  /** The one-time token that the admin made for this app. */
  readonly associationToken: string;
  /** Of the app, as the admin sees it. */
  readonly name: string;
  /** Web pages that call as this app, such as `https://diary.example`; default: those that the admin gave. */
  readonly origins?: readonly string[] | undefined;
}

/** One keep, as one app may see it. */
export class Datakeep {
  readonly profiles: Profiles;
  readonly permissions: Permissions;
  readonly events: Events;
  readonly views: Views;
  readonly #connection: Connection;
  readonly #outboxOptions: OutboxOptions | undefined;
  #outbox: Outbox | undefined;

  private constructor(connection: Connection, outbox: OutboxOptions | undefined) {
    this.#connection = connection;
    this.#outboxOptions = outbox;
    this.profiles = new Profiles(connection);
    this.permissions = new Permissions(connection);
    this.events = new Events(connection);
    this.views = new Views(connection);
  }

  /** Trades the association token for the app's own token, which `tokens` keeps from then on. */
  static async associate({ associationToken, name, origins, ...options }: AssociateOptions): Promise<Datakeep> {
    const tokens = options.tokens ?? memoryTokens();
    const connection = new Connection(options, tokens);
    const { token } = await connection.ask<Association>({
      method: 'POST',
      path: '/app/v1/association',
      json: { associationToken, name, origins },
      withoutToken: true,
      repeatable: 'undone',
    });
    await tokens.save(token);
    return new Datakeep(connection, options.outbox);
  }

  /** An app that is associated already. Nothing is sent before it is needed. */
  static connect({ token, tokens, ...options }: ConnectOptions): Datakeep {
    const given = token === undefined ? tokens : firstOf(tokens, token);
    if (given === undefined) throw new TypeError('Give a token, or a store that has one.');
    return new Datakeep(new Connection(options, given), options.outbox);
  }

  /** Events that are sent as soon as the keep takes them. */
  get outbox(): Outbox {
    this.#outbox ??= new Outbox(this.#connection, this.#outboxOptions ?? { store: memoryOutbox() });
    return this.#outbox;
  }

  /** The app itself: its permissions, its view instances, what it has of what it may have. */
  async me(signal?: AbortSignal): Promise<Me> {
    return this.#connection.ask({ method: 'GET', path: '/app/v1/me', signal, repeatable: 'always' });
  }

  /** Ends the outbox. */
  async close(): Promise<void> {
    await this.#outbox?.close();
  }
}

/** The store's token, or this one as long as it has none. */
function firstOf(tokens: TokenStore | undefined, token: string): TokenStore {
  if (tokens === undefined) return memoryTokens(token);
  return { load: async () => (await tokens.load()) ?? token, save: (next) => tokens.save(next) };
}

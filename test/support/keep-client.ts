/**
 * A small client of the public contract (`/app/v1` and `/admin/v1`; see /docs of a running keep) on `fetch`, for the
 * end-to-end tests, the benchmark and the demo. It depends on nothing inside the keep, so it works against any keep.
 * Runs in plain Node: erasable TypeScript, no aliases.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };
export type Right = 'read' | 'create' | 'modify' | 'delete';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
}

/** An answer whose status is 400 or above. `code` is the problem's (docs/errors.md). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string | undefined;
  readonly problem: unknown;

  constructor(what: string, status: number, problem: unknown) {
    const { code, detail } = (typeof problem === 'object' && problem !== null ? problem : {}) as Problem;
    super(`${what}: ${status} ${code ?? ''} ${detail ?? ''}`);
    this.status = status;
    this.code = code;
    this.problem = problem;
  }
}

export interface RequestOptions {
  readonly token?: string | undefined;
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One caller of one keep: anonymous, the admin, or an app, by its token. */
export class KeepClient {
  readonly url: string;
  readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url.replace(/\/$/, '');
    this.token = token;
  }

  /** Sends a request and gives whatever comes back; only a failed connection throws. `path` begins with `/`. */
  async send<Body = unknown>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<Body>> {
    const token = 'token' in options ? options.token : this.token;
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text !== '' ? JSON.parse(text) : text) as Body,
    };
  }

  /** The body of a successful answer; throws `ApiError` for a status of 400 or above. */
  async ask<Body = unknown>(method: string, path: string, options: RequestOptions = {}): Promise<Body> {
    const answer = await this.send<Body>(method, path, options);
    if (answer.status >= 400) throw new ApiError(`${method} ${path}`, answer.status, answer.body);
    return answer.body;
  }
}

export interface KeepEvent<Payload = Json> {
  readonly id: string;
  readonly metadata: {
    readonly identifier?: string;
    readonly profile: string;
    readonly source: string;
    readonly createdDate: string;
    readonly acceptedDate: string;
    readonly version: number;
  };
  readonly payload: Payload;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly count?: number;
}

export interface Permission {
  readonly id: string;
  readonly appId: string;
  readonly viewInstanceId?: string;
  readonly profile: string;
  readonly requested: readonly Right[];
  readonly granted: readonly Right[];
  readonly message: string;
  readonly status: 'pending' | 'approved' | 'denied' | 'revoked' | 'expired';
  readonly reason?: string;
  readonly requestedAt: string;
  readonly decidedAt?: string;
  readonly expiresAt?: string;
}

export interface Run {
  readonly id: string;
  readonly viewInstanceId: string;
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'timed-out' | 'cancelled';
  readonly result?: Json;
  readonly error?: { readonly code: string; readonly message: string; readonly file?: string; readonly line?: number };
  readonly logs: readonly { readonly at: string; readonly level: string; readonly text: string }[];
  readonly attempts: number;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export interface ViewTemplateInput {
  readonly name: string;
  readonly description?: string;
  readonly runtime: string;
  readonly permissions: readonly { readonly profile: string; readonly rights: readonly Right[] }[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** What the admin does (`/admin/v1`). */
export class AdminClient extends KeepClient {
  readonly #password: string | undefined;

  constructor(url: string, token: string | undefined, password?: string) {
    super(url, token);
    this.#password = password;
  }

  static async signIn(url: string, name: string, password: string): Promise<AdminClient> {
    const session = await new KeepClient(url).ask<{ token: string }>('POST', '/admin/v1/session', {
      body: { name, password },
    });
    return new AdminClient(url, session.token, password);
  }

  /** Gives the password again where the keep asks for it, and sends the request once more. */
  override async send<Body = unknown>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    const answer = await super.send<Body>(method, path, options);
    const isRefused = answer.status === 403 && (answer.body as Problem).code === 'confirmation-needed';
    if (!isRefused || this.#password === undefined || 'token' in options) return answer;
    await this.confirm();
    return super.send<Body>(method, path, options);
  }

  /** The session is open to dangerous acts for the next five minutes. */
  async confirm(): Promise<void> {
    const path = '/admin/v1/session/confirm';
    const answer = await super.send('POST', path, { body: { password: this.#password } });
    if (answer.status >= 400) throw new ApiError(`POST ${path}`, answer.status, answer.body);
  }

  makeAppHolder(name: string, description?: string): Promise<{ id: string; name: string }> {
    return this.ask('POST', '/admin/v1/apps', {
      body: { name, ...(description === undefined ? {} : { description }) },
    });
  }

  makeAssociationToken(
    appId: string,
    expiresInSeconds?: number,
  ): Promise<{ associationToken: string; expiresAt: string }> {
    return this.ask('POST', `/admin/v1/apps/${appId}/association-tokens`, {
      body: expiresInSeconds === undefined ? {} : { expiresInSeconds },
    });
  }

  /** Makes an app holder and associates an app with it. */
  async connectApp(name: string): Promise<AppClient> {
    const holder = await this.makeAppHolder(name);
    const { associationToken } = await this.makeAssociationToken(holder.id);
    return AppClient.associate(this.url, associationToken, name);
  }

  deleteApp(appId: string, withEvents = false): Promise<unknown> {
    return this.ask('DELETE', `/admin/v1/apps/${appId}${withEvents ? '?events=delete' : ''}`);
  }

  approve(
    permissionId: string,
    decision: { readonly rights?: readonly Right[]; readonly expiresAt?: string } = {},
  ): Promise<Permission> {
    return this.ask('POST', `/admin/v1/permissions/${permissionId}/approve`, { body: decision });
  }

  deny(permissionId: string, reason?: string): Promise<Permission> {
    return this.ask('POST', `/admin/v1/permissions/${permissionId}/deny`, {
      body: reason === undefined ? {} : { reason },
    });
  }

  revoke(permissionId: string, reason?: string): Promise<Permission> {
    return this.ask('POST', `/admin/v1/permissions/${permissionId}/revoke`, {
      body: reason === undefined ? {} : { reason },
    });
  }

  /** Asks for rights in the app's name and approves them. */
  async grant(
    app: AppClient,
    profile: string,
    rights: readonly Right[],
    message = 'For the test',
  ): Promise<Permission> {
    const permission = await app.requestPermission(profile, rights, message);
    return this.approve(permission.id);
  }

  makeViewTemplate(template: ViewTemplateInput): Promise<{ id: string; name: string }> {
    return this.ask('POST', '/admin/v1/view-templates', { body: template });
  }

  deleteViewTemplate(id: string): Promise<unknown> {
    return this.ask('DELETE', `/admin/v1/view-templates/${id}`);
  }
}

export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly events?: readonly {
    readonly id: string;
    readonly acceptedDate: string;
    readonly status: 'created' | 'duplicate';
  }[];
}

export interface NewEvent {
  readonly metadata: { readonly profile: string; readonly createdDate?: string; readonly identifier?: string };
  readonly payload: Json;
}

/** What an app does (`/app/v1`). */
export class AppClient extends KeepClient {
  readonly appId: string;

  constructor(url: string, token: string, appId: string) {
    super(url, token);
    this.appId = appId;
  }

  static async associate(url: string, associationToken: string, name: string): Promise<AppClient> {
    const answer = await new KeepClient(url).ask<{ appId: string; token: string }>('POST', '/app/v1/association', {
      body: { associationToken, name },
    });
    return new AppClient(url, answer.token, answer.appId);
  }

  /** Resolves with true when the profile is new, false when it was there with the same schema. */
  async registerProfile(name: string, schema?: Json): Promise<boolean> {
    const answer = await this.send('POST', '/app/v1/profiles', { body: { name, schema } });
    if (answer.status >= 400) throw new ApiError('POST /app/v1/profiles', answer.status, answer.body);
    return answer.status === 201;
  }

  requestPermission(profile: string, rights: readonly Right[], message: string): Promise<Permission> {
    return this.ask('POST', '/app/v1/permissions', { body: { profile, rights, message } });
  }

  /** `minimal`: the answer leaves the list of events out. */
  sendEvents(events: readonly NewEvent[], minimal = false): Promise<IngestAnswer> {
    return this.ask('POST', '/app/v1/events', {
      body: { events },
      ...(minimal ? { headers: { prefer: 'return=minimal' } } : {}),
    });
  }

  query<Payload = Json>(query: Json, count = false): Promise<Page<KeepEvent<Payload>>> {
    return this.ask('POST', `/app/v1/events/query${count ? '?count=true' : ''}`, { body: query });
  }

  makeViewInstance(
    viewTemplateId: string,
    configuration: Json,
  ): Promise<{ id: string; permissions: readonly Permission[] }> {
    return this.ask('POST', '/app/v1/view-instances', { body: { viewTemplateId, configuration } });
  }

  /** The run, finished if it was within `waitSeconds` (at most 30). */
  async run(viewInstanceId: string, clientCustomData: Json = null, waitSeconds = 30): Promise<Run> {
    return this.ask('POST', `/app/v1/view-instances/${viewInstanceId}/runs`, {
      body: { clientCustomData },
      ...(waitSeconds > 0 ? { headers: { prefer: `wait=${waitSeconds}` } } : {}),
    });
  }
}

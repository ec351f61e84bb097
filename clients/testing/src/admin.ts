import { KeepError, type Permission, type Problem, type Right } from '@datakeep/client';

export interface AppHolder {
  readonly id: string;
  readonly name: string;
}

export interface ViewTemplateFields {
  readonly name: string;
  readonly description?: string;
  /** Such as `javascript` or `python`. */
  readonly runtime: string;
  readonly permissions: readonly { readonly profile: string; readonly rights: readonly Right[] }[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

const longestAnswerMs = 30_000;

/** What the admin of the keep does, for tests. Signs in at the first request. */
export class Admin {
  readonly name = 'admin';
  readonly password: string;
  readonly #url: string;
  #token: Promise<string> | undefined;

  constructor(url: string, password: string) {
    this.#url = url;
    this.password = password;
  }

  /** Makes a holder, with which an app can be associated. `origins`: web pages that call as the app. */
  makeApp(name: string, { origins }: { readonly origins?: readonly string[] | undefined } = {}): Promise<AppHolder> {
    return this.ask('POST', '/admin/v1/apps', { name, ...(origins === undefined ? {} : { origins }) });
  }

  async makeAssociationToken(appId: string): Promise<string> {
    const path = `/admin/v1/apps/${appId}/association-tokens`;
    return (await this.ask<{ associationToken: string }>('POST', path, {})).associationToken;
  }

  /** At most 1,000. */
  async permissions(
    filter: { readonly status?: Permission['status']; readonly app?: string } = {},
  ): Promise<readonly Permission[]> {
    const query = new URLSearchParams({ ...filter, limit: '1000' });
    return (await this.ask<{ items: Permission[] }>('GET', `/admin/v1/permissions?${query}`)).items;
  }

  /** Grants what was asked for, or a part of it. */
  approve(permissionId: string, rights?: readonly Right[]): Promise<Permission> {
    return this.ask('POST', `/admin/v1/permissions/${permissionId}/approve`, rights === undefined ? {} : { rights });
  }

  deny(permissionId: string, reason?: string): Promise<Permission> {
    return this.ask('POST', `/admin/v1/permissions/${permissionId}/deny`, reason === undefined ? {} : { reason });
  }

  revoke(permissionId: string, reason?: string): Promise<Permission> {
    return this.ask('POST', `/admin/v1/permissions/${permissionId}/revoke`, reason === undefined ? {} : { reason });
  }

  registerView(template: ViewTemplateFields): Promise<{ readonly id: string }> {
    return this.ask('POST', '/admin/v1/view-templates', template);
  }

  /** Any request of docs/api.md as the admin; a refusal rejects with `KeepError`. */
  async ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    this.#token ??= this.#signIn().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    const token = await this.#token;
    try {
      return await this.#send<Answer>(method, path, body, token);
    } catch (error) {
      if (!(error instanceof KeepError && error.is('confirmation-needed'))) throw error;
      await this.#send('POST', '/admin/v1/session/confirm', { password: this.password }, token);
      return this.#send<Answer>(method, path, body, token);
    }
  }

  async #signIn(): Promise<string> {
    const session = { name: this.name, password: this.password };
    return (await this.#send<{ token: string }>('POST', '/admin/v1/session', session)).token;
  }

  async #send<Answer>(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(longestAnswerMs),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new KeepError(answer as Problem);
    return answer as Answer;
  }
}

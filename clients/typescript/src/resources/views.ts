import type { Permission, Run, ViewInstance, ViewTemplate } from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import { pause } from '../http/pause.ts';
import type { List, ListOptions } from '../lists/list.ts';
import { listOf } from '../lists/list-of.ts';

export interface RunOptions {
  /** Any JSON value; comes to the view's code as `clientCustomData`. */
  readonly clientCustomData?: unknown;
  /** Seconds to wait for its end, at most 30; default: 0. A run that takes longer resolves unfinished. */
  readonly wait?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether an instance may run. */
export interface PermittedView {
  /** Of each profile that it needs and has no right on, what was decided: denied, revoked or expired. None: it may. */
  readonly missing: readonly Permission[];
}

export interface RunFilter extends ListOptions {
  readonly state?: Run['state'] | undefined;
  readonly viewInstance?: string | undefined;
  readonly viewTemplate?: string | undefined;
  /** On `createdAt`: from inclusive, to exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const firstLookMs = 100;
const longestLookMs = 2000;
/** At a decision, which may take hours. */
const longestWaitMs = 10_000;

export class Views {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  templates(options: ListOptions = {}): List<ViewTemplate> {
    return listOf(this.#connection, '/app/v1/view-templates', options);
  }

  instances(options: ListOptions = {}): List<ViewInstance> {
    return listOf(this.#connection, '/app/v1/view-instances', options);
  }

  /** Makes an instance of a template; its permissions wait for the admin (`permitted`). */
  async createInstance(viewTemplateId: string, configuration: unknown = null): Promise<ViewInstance> {
    const json = { viewTemplateId, configuration };
    return this.#connection.ask({ method: 'POST', path: '/app/v1/view-instances', json, repeatable: 'undone' });
  }

  async getInstance(id: string, signal?: AbortSignal): Promise<ViewInstance> {
    return this.#connection.ask({ method: 'GET', path: pathOf('view-instances', id), signal, repeatable: 'always' });
  }

  /**
   * Resolves when the admin has decided on every right that the instance needs, be it hours later. `onWaiting` is
   * called where that is not yet so.
   */
  async permitted(
    id: string,
    { signal, onWaiting }: { readonly signal?: AbortSignal | undefined; readonly onWaiting?: () => void } = {},
  ): Promise<PermittedView> {
    for (let ms = firstLookMs; ; ms = Math.min(ms * 1.5, longestWaitMs)) {
      const { permissions = [] } = await this.getInstance(id, signal);
      // Of one profile several may have been asked for, and one is enough.
      const approved = new Set(permissions.filter((one) => one.status === 'approved').map(({ profile }) => profile));
      const missing = permissions.filter(({ profile }) => !approved.has(profile));
      if (!missing.some(({ status }) => status === 'pending')) return { missing };
      if (ms === firstLookMs) onWaiting?.();
      await pause(ms, signal);
    }
  }

  async deleteInstance(id: string): Promise<void> {
    await this.#connection.ask({ method: 'DELETE', path: pathOf('view-instances', id), repeatable: 'undone' });
  }

  /** Runs the code of an instance. A run that failed resolves too: its `state` says so, and `error` why. */
  async run(viewInstanceId: string, { clientCustomData, wait = 0, signal }: RunOptions = {}): Promise<Run> {
    return this.#connection.ask({
      method: 'POST',
      path: `${pathOf('view-instances', viewInstanceId)}/runs`,
      json: clientCustomData === undefined ? {} : { clientCustomData },
      headers: { prefer: wait > 0 ? `wait=${Math.round(wait)}` : undefined },
      signal,
      extraMs: wait * 1000,
      repeatable: 'undone',
    });
  }

  /** The run once it has ended. */
  async finished(runId: string, signal?: AbortSignal): Promise<Run> {
    for (let ms = firstLookMs; ; ms = Math.min(ms * 1.5, longestLookMs)) {
      const run = await this.getRun(runId, signal);
      if (run.state !== 'queued' && run.state !== 'running') return run;
      await pause(ms, signal);
    }
  }

  async getRun(id: string, signal?: AbortSignal): Promise<Run> {
    return this.#connection.ask({ method: 'GET', path: pathOf('runs', id), signal, repeatable: 'always' });
  }

  runs({ state, viewInstance, viewTemplate, from, to, ...options }: RunFilter = {}): List<Run> {
    return listOf(this.#connection, '/app/v1/runs', options, { state, viewInstance, viewTemplate, from, to });
  }

  async cancel(runId: string): Promise<Run> {
    return this.#connection.ask({ method: 'POST', path: `${pathOf('runs', runId)}/cancel`, repeatable: 'undone' });
  }
}

const pathOf = (resource: string, id: string): string => `/app/v1/${resource}/${encodeURIComponent(id)}`;

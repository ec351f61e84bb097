import type { Run, ViewInstance, ViewTemplate } from '../generated/types.gen.ts';
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

  /** Makes an instance of a template; its `permissions` wait for the admin (`permissions.get`). */
  async createInstance(viewTemplateId: string, configuration: unknown = null): Promise<ViewInstance> {
    const json = { viewTemplateId, configuration };
    return this.#connection.ask({ method: 'POST', path: '/app/v1/view-instances', json, repeatable: 'undone' });
  }

  async getInstance(id: string): Promise<ViewInstance> {
    return this.#connection.ask({ method: 'GET', path: pathOf('view-instances', id), repeatable: 'always' });
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

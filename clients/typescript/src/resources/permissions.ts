import type { Permission } from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import { pause } from '../http/pause.ts';
import type { List, ListOptions } from '../lists/list.ts';
import { listOf } from '../lists/list-of.ts';
import { nameOf, type ProfileRef } from './profiles.ts';

export type Right = 'read' | 'create' | 'modify' | 'delete';

export interface WantedRights {
  readonly profile: ProfileRef<never> | ProfileRef<unknown>;
  readonly rights: readonly Right[];
  /** For the admin who decides: what the app does with it. */
  readonly message: string;
  /** Ends the waiting; the request stays. */
  readonly signal?: AbortSignal | undefined;
  /** Asks once more for what was denied or revoked before. */
  readonly again?: boolean | undefined;
  /** Called where the admin has yet to decide, once the request is there. */
  readonly onWaiting?: (() => void) | undefined;
}

export interface GrantedRights {
  /** Of the wanted ones. */
  readonly granted: readonly Right[];
  /** Of the wanted ones: denied, or revoked. */
  readonly missing: readonly Right[];
  /** Why, where the admin said so. */
  readonly reason: string | undefined;
}

/** Between looks at a request that waits, ms: the first, the longest. */
const firstLookMs = 200;
const longestLookMs = 10_000;

export class Permissions {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Asks for the rights that the app does not have yet, once, and resolves when the admin has decided, be it hours
   * later. To be called at each start: what was granted resolves at once, what waits is waited for, and what was denied
   * or revoked is not asked for again but with `again`.
   */
  async ensure(wanted: WantedRights): Promise<GrantedRights> {
    const { profile, rights, message, signal, again = false, onWaiting } = wanted;
    const name = nameOf(profile);
    const known: Permission[] = [];
    for await (const permission of this.list({ signal }))
      if (permission.profile === name && permission.viewInstanceId === undefined) known.push(permission);
    const granted = new Set(known.flatMap((permission) => grantedOf(permission)));
    const asked = new Set(known.filter(({ status }) => status === 'pending').flatMap(({ requested }) => requested));
    const refused = new Set(known.flatMap((permission) => refusedOf(permission)));
    const toAsk = rights.filter((right) => !granted.has(right) && !asked.has(right) && (again || !refused.has(right)));
    if (toAsk.length > 0) known.push(await this.request({ profile, rights: toAsk, message, signal }));
    if (known.some((permission) => isWaited(permission, rights))) onWaiting?.();
    const decided = await Promise.all(known.map((permission) => this.#decided(permission, rights, signal)));
    const all = new Set(decided.flatMap((permission) => grantedOf(permission)));
    const missing = rights.filter((right) => !all.has(right));
    const latest = decided.findLast(({ requested }) => requested.some((right) => missing.includes(right)));
    return { granted: rights.filter((right) => all.has(right)), missing, reason: latest?.reason };
  }

  /** Asks for rights and does not wait. What waits with the same words is not asked twice. */
  async request({ profile, rights, message, signal }: WantedRights): Promise<Permission> {
    const json = { profile: nameOf(profile), rights, message };
    return this.#connection.ask({ method: 'POST', path: '/app/v1/permissions', json, signal, repeatable: 'always' });
  }

  /** Withdraws a request that waits, or gives up what was granted. */
  async giveUp(id: string, signal?: AbortSignal): Promise<void> {
    const path = `/app/v1/permissions/${encodeURIComponent(id)}`;
    await this.#connection.ask({ method: 'DELETE', path, signal, repeatable: 'undone' });
  }

  async get(id: string, signal?: AbortSignal): Promise<Permission> {
    const path = `/app/v1/permissions/${encodeURIComponent(id)}`;
    return this.#connection.ask({ method: 'GET', path, signal, repeatable: 'always' });
  }

  list(options: ListOptions = {}): List<Permission> {
    return listOf(this.#connection, '/app/v1/permissions', options);
  }

  /** The permission once it is decided, where it is about these rights. */
  async #decided(permission: Permission, rights: readonly Right[], signal?: AbortSignal): Promise<Permission> {
    let latest = permission;
    for (let ms = firstLookMs; isWaited(latest, rights); ms = Math.min(ms * 1.5, longestLookMs)) {
      await pause(ms, signal);
      latest = await this.get(permission.id, signal);
    }
    return latest;
  }
}

const isWaited = ({ status, requested }: Permission, rights: readonly Right[]): boolean =>
  status === 'pending' && requested.some((right) => rights.includes(right));

const grantedOf = ({ status, granted }: Permission): readonly Right[] => (status === 'approved' ? granted : []);

/** What was decided against; of a request that was granted in part, the rest. */
function refusedOf({ status, requested, granted }: Permission): readonly Right[] {
  if (status === 'denied' || status === 'revoked') return requested;
  return status === 'approved' ? requested.filter((right) => !granted.includes(right)) : [];
}

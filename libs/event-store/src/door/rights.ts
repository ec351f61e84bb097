import { DatakeepError } from '@datakeep/kernel';
import { rights, type Caller, type Consent, type Grantee, type Right } from '@datakeep/contracts';

const all: ReadonlySet<Right> = new Set(rights);
const none: ReadonlySet<Right> = new Set();

/** The rights of one caller: the admin has all of them, an app its own, a run those of its view instance (with a run token on that token's profile only). */
export class CallerRights {
  readonly #caller: Caller;
  readonly #consent: Consent;
  readonly #grantee: Grantee | undefined;

  constructor(caller: Caller, consent: Consent) {
    this.#caller = caller;
    this.#consent = consent;
    this.#grantee =
      caller.kind === 'app'
        ? { kind: 'app', appId: caller.appId }
        : caller.kind === 'run'
          ? { kind: 'view-instance', viewInstanceId: caller.viewInstanceId }
          : undefined;
  }

  on(profile: string): ReadonlySet<Right> | Promise<ReadonlySet<Right>> {
    if (this.#grantee === undefined) return all;
    if (this.#caller.kind === 'run' && this.#caller.profile !== undefined && this.#caller.profile !== profile) return none;
    return this.#consent.rightsOf(this.#grantee, profile);
  }
}

/** Whose id an event gets as its `source`: a run writes in its app's name. */
export function sourceOf(caller: Caller): string {
  return caller.kind === 'admin' ? caller.adminId : caller.appId;
}

/** Names a caller for the scope of its cursors; two callers never share one. */
export function callerScope(caller: Caller): string {
  if (caller.kind === 'app') return `app:${caller.appId}`;
  return caller.kind === 'run' ? `view-instance:${caller.viewInstanceId}` : 'admin';
}

export function forbidden(right: Right, profile: string): DatakeepError {
  return new DatakeepError('forbidden', `The right \`${right}\` on the profile \`${profile}\` is needed.`);
}

import { DatakeepError } from '@datakeep/kernel';
import {
  rights,
  type Caller,
  type Consent,
  type DryRunScope,
  type FieldKind,
  type Filter,
  type Grantee,
  type Right,
} from '@datakeep/contracts';

const all: ReadonlySet<Right> = new Set(rights);
const none: ReadonlySet<Right> = new Set();
const readOnly: ReadonlySet<Right> = new Set(['read']);

/**
 * The rights of one caller: the admin has all of them, an app its own, a run those of its view instance (with a run
 * token on that token's profile only), a dry run reads.
 */
export class CallerRights {
  readonly #grantee: Grantee | undefined;

  constructor(
    private readonly caller: Caller,
    private readonly consent: Consent,
  ) {
    this.#grantee =
      caller.kind === 'app'
        ? { kind: 'app', appId: caller.appId }
        : caller.kind === 'run'
          ? { kind: 'view-instance', viewInstanceId: caller.viewInstanceId }
          : undefined;
  }

  on(profile: string): ReadonlySet<Right> | Promise<ReadonlySet<Right>> {
    if (this.#grantee === undefined) return all;
    const dry = dryScope(this.caller);
    if (dry && !dry.profiles.includes(profile)) return none;
    if (this.caller.kind === 'run' && this.caller.profile !== undefined && this.caller.profile !== profile) return none;
    return dry ? readOnly : this.consent.rightsOf(this.#grantee, profile);
  }

  /**
   * Why no event is even read: the app may create on no profile, so that what it sends is not worth parsing. A run's
   * bodies are bounded by its limits.
   */
  async refusalUnread(): Promise<DatakeepError | undefined> {
    if (this.caller.kind !== 'app' || this.#grantee === undefined) return undefined;
    const creatable = await this.consent.profilesWith(this.#grantee, 'create');
    return creatable.size === 0
      ? new DatakeepError('forbidden', 'The right `create` on a profile is needed.')
      : undefined;
  }

  /** The profiles on which the caller has the right; undefined: on all. */
  async profilesWith(right: Right): Promise<ReadonlySet<string> | undefined> {
    if (this.#grantee === undefined) return undefined;
    const dry = dryScope(this.caller);
    const held = dry
      ? new Set(right === 'read' ? dry.profiles : [])
      : await this.consent.profilesWith(this.#grantee, right);
    const only = this.caller.kind === 'run' ? this.caller.profile : undefined;
    return only === undefined ? held : new Set([...held].filter((profile) => profile === only));
  }
}

function dryScope(caller: Caller): DryRunScope | undefined {
  return caller.kind === 'run' ? caller.dry : undefined;
}

/** Whether events of this source are there for the caller at all. */
export function knowsSource(caller: Caller, source: string): boolean {
  const only = dryScope(caller)?.source;
  return only === undefined || only === source;
}

/** Narrows a question to the events that are there for the caller. */
export function withinSource<
  Q extends { readonly filter?: Filter | undefined; readonly kinds: Readonly<Record<string, FieldKind>> },
>(caller: Caller, question: Q): Q {
  const only = dryScope(caller)?.source;
  if (only === undefined) return question;
  const own: Filter = { node: 'eq', field: 'metadata.source', value: only };
  return {
    ...question,
    filter: question.filter === undefined ? own : { node: 'and', children: [own, question.filter] },
    kinds: { ...question.kinds, 'metadata.source': 'string' },
  };
}

/** Whose id an event gets as its `source`: a run writes in its app's name. */
export function sourceOf(caller: Caller): string {
  return caller.kind === 'admin' ? caller.adminId : caller.appId;
}

/** The `modifiedBy` of an event: a run writes in its app's name. */
export function modifierOf(caller: Caller): string {
  return caller.kind === 'admin' ? 'admin' : caller.appId;
}

/** Whose turn a caller's reads take: an app and its runs share one. */
export function fairnessKeyOf(caller: Caller): string {
  return caller.kind === 'admin' ? 'admin' : caller.appId;
}

/** Names a caller for the scope of its cursors; two callers never share one. */
export function callerScope(caller: Caller): string {
  if (caller.kind === 'app') return `app:${caller.appId}`;
  return caller.kind === 'run' ? `view-instance:${caller.viewInstanceId}` : 'admin';
}

export function forbidden(right: Right, profile: string): DatakeepError {
  return new DatakeepError('forbidden', `The right \`${right}\` on the profile \`${profile}\` is needed.`);
}

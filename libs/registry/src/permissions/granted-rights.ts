import { rights as allRights, type Consent, type Grantee, type Right } from '@datakeep/contracts';
import { everyOf, type Collection, type Where } from '@datakeep/documents';
import type { Clock } from '@datakeep/kernel';

import { ShortCache, type Found } from '../callers/short-cache.ts';
import { noEnd, type PermissionRecord } from './permission-record.ts';

const noRights: ReadonlySet<Right> = new Set();

export interface GrantedRightsOptions {
  readonly clock: Clock;
  /**
   * Whether decisions are taken in other processes only: then an answer without any right is not held, so that what was
   * just approved counts here at once too. A revocation counts within a second. Default: no.
   */
  readonly decidedElsewhere?: boolean;
}

/** What approved permissions allow, held for at most a second. */
export class GrantedRights implements Consent {
  readonly #rights: ShortCache<ReadonlySet<Right>>;
  readonly #profiles: ShortCache<ReadonlySet<string>>;

  constructor(
    private readonly records: Collection<PermissionRecord>,
    private readonly options: GrantedRightsOptions,
  ) {
    this.#rights = new ShortCache(options.clock);
    this.#profiles = new ShortCache(options.clock);
  }

  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> | Promise<ReadonlySet<Right>> {
    return this.#rights.get(`${keyOf(grantee)}${profile}`, () => this.#loadRights(grantee, profile));
  }

  profilesWith(grantee: Grantee, right: Right): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    if (this.options.decidedElsewhere) return this.#loadProfiles(grantee, right).then(({ value }) => value);
    return this.#profiles.get(`${right} ${keyOf(grantee)}`, () => this.#loadProfiles(grantee, right));
  }

  /** A permission has changed: the next call reads anew. */
  forget(): void {
    this.#rights.clear();
    this.#profiles.clear();
  }

  async #loadRights(grantee: Grantee, profile: string): Promise<Found<ReadonlySet<Right>>> {
    const now = this.options.clock.now();
    const rights = new Set<Right>();
    let firstEnd = noEnd;
    for await (const { granted, liveUntil = noEnd } of everyOf(this.records, {
      where: { ...heldBy(grantee), profile, status: 'approved', liveUntil: { gt: now } },
    })) {
      for (const right of granted) rights.add(right);
      firstEnd = Math.min(firstEnd, liveUntil);
      if (rights.size === allRights.length) break;
    }
    if (rights.size === 0) return { value: noRights, ...(this.options.decidedElsewhere ? { trueForMs: 0 } : {}) };
    return { value: rights, trueForMs: firstEnd - now };
  }

  async #loadProfiles(grantee: Grantee, right: Right): Promise<Found<ReadonlySet<string>>> {
    const now = this.options.clock.now();
    const profiles = new Set<string>();
    let firstEnd = noEnd;
    for await (const { granted, profile, liveUntil = noEnd } of everyOf(this.records, {
      where: { ...heldBy(grantee), status: 'approved', liveUntil: { gt: now } },
    })) {
      if (!granted.includes(right)) continue;
      profiles.add(profile);
      firstEnd = Math.min(firstEnd, liveUntil);
    }
    return { value: profiles, trueForMs: firstEnd - now };
  }
}

const keyOf = (grantee: Grantee): string =>
  grantee.kind === 'app' ? `a${grantee.appId}` : `v${grantee.viewInstanceId}`;

function heldBy(grantee: Grantee): Where<PermissionRecord> {
  return grantee.kind === 'app'
    ? { appId: grantee.appId, viewInstanceId: null }
    : { viewInstanceId: grantee.viewInstanceId };
}

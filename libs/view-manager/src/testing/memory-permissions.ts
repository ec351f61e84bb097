import type { Consent, Grantee, Permission, InstancePermissions, Right } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** The registry as the view manager knows it: requests of instances, and what was granted. */
export class MemoryPermissions implements InstancePermissions, Consent {
  readonly requests = new Map<string, readonly Permission[]>();
  readonly granted = new Map<string, Set<Right>>();
  down = false;
  #made = 0;

  async requestForInstance(
    appId: string,
    viewInstanceId: string,
    needed: readonly { readonly profile: string; readonly rights: readonly Right[] }[],
    message: string,
  ): Promise<readonly Permission[]> {
    if (this.down) throw new DatakeepError('storage-unreachable');
    const permissions = needed.map(({ profile, rights }): Permission => {
      this.#made += 1;
      const id = this.#made.toString(16).padStart(24, 'e');
      const requestedAt = '2026-01-01T00:00:00.000Z';
      return {
        id,
        appId,
        viewInstanceId,
        profile,
        requested: rights,
        granted: [],
        message,
        status: 'pending',
        requestedAt,
      };
    });
    this.requests.set(viewInstanceId, [...(this.requests.get(viewInstanceId) ?? []), ...permissions]);
    return permissions;
  }

  async dropInstance(viewInstanceId: string): Promise<void> {
    this.requests.delete(viewInstanceId);
    for (const key of this.granted.keys()) if (key.startsWith(`${viewInstanceId} `)) this.granted.delete(key);
  }

  async ofInstance(viewInstanceId: string): Promise<readonly Permission[]> {
    return this.requests.get(viewInstanceId) ?? [];
  }

  grant(viewInstanceId: string, profile: string, rights: readonly Right[] = ['read']): void {
    this.granted.set(`${viewInstanceId} ${profile}`, new Set(rights));
    this.#decide(viewInstanceId, profile, 'approved');
  }

  deny(viewInstanceId: string, profile: string): void {
    this.#decide(viewInstanceId, profile, 'denied');
  }

  #decide(viewInstanceId: string, profile: string, status: 'approved' | 'denied'): void {
    const decided: Permission[] = [];
    for (const permission of this.requests.get(viewInstanceId) ?? [])
      decided.push(permission.profile === profile ? { ...permission, status } : permission);
    this.requests.set(viewInstanceId, decided);
  }

  revoke(viewInstanceId: string, profile: string): void {
    this.granted.delete(`${viewInstanceId} ${profile}`);
  }

  profilesWith(grantee: Grantee, right: Right): ReadonlySet<string> {
    const holder = grantee.kind === 'view-instance' ? `${grantee.viewInstanceId} ` : '';
    const held = [...this.granted].filter(
      ([key, rights]) => holder !== '' && key.startsWith(holder) && rights.has(right),
    );
    return new Set(held.map(([key]) => key.slice(holder.length)));
  }

  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> {
    return (
      (grantee.kind === 'view-instance' ? this.granted.get(`${grantee.viewInstanceId} ${profile}`) : undefined) ??
      new Set()
    );
  }
}

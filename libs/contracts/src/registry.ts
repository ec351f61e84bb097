import type { Id, Timestamp } from '@datakeep/kernel';
import type { AuditEntry } from './audit.ts';
import type { Right } from './events.ts';

export type PermissionStatus = 'pending' | 'approved' | 'denied' | 'revoked' | 'expired';
export const permissionStatuses: readonly PermissionStatus[] = ['pending', 'approved', 'denied', 'revoked', 'expired'];

/** A permission as everyone reads it. */
export interface Permission {
  readonly id: Id;
  readonly appId: Id;
  readonly viewInstanceId?: Id | undefined;
  readonly profile: string;
  readonly requested: readonly Right[];
  readonly granted: readonly Right[];
  readonly message: string;
  readonly status: PermissionStatus;
  readonly reason?: string | undefined;
  readonly requestedAt: Timestamp;
  readonly decidedAt?: Timestamp | undefined;
  readonly expiresAt?: Timestamp | undefined;
}

/** What the view manager needs of the registry. */
export interface InstancePermissions {
  /**
   * Asks for permissions in a view instance's name, all or none; what is pending with the same words is not asked
   * twice. Unknown profiles are 422 (`unknown-profile`).
   */
  requestForInstance(
    appId: string,
    viewInstanceId: string,
    needed: readonly { readonly profile: string; readonly rights: readonly Right[] }[],
    message: string,
  ): Promise<readonly Permission[]>;
  /** Drops every permission of the instance. `actor`: the cause. */
  dropInstance(viewInstanceId: string, actor: AuditEntry['actor']): Promise<void>;
  ofInstance(viewInstanceId: string): Promise<readonly Permission[]>;
}

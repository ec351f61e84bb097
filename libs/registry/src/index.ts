export type { AdminsOptions } from './admins/admins-options.ts';
export { Admins, type NewAdmin, type PasswordChange, type SignIn } from './admins/admins.ts';
export { passwordLength, Passwords, type PasswordsOptions } from './admins/passwords.ts';
export type { NewSession, Session } from './admins/sessions.ts';
export type { Passkey, RelyingParty } from './admins/passkeys.ts';
export type { NewTotp, SecondFactorState } from './admins/second-factor.ts';
export { owaspCost, type HashCost } from './admins/password-hasher.ts';
export { AppQuota } from './quota/app-quota.ts';
export { AppRemoval, type AppRemovalOptions } from './apps/app-removal.ts';
export { UnapprovedRemoval } from './apps/unapproved-removal.ts';
export type { AppsOptions } from './apps/apps-options.ts';
export { Apps, type App, type AppUsage } from './apps/apps.ts';
export { mostOrigins } from './apps/web-origins.ts';
export { renewalOverlapMs, type NewAppToken } from './apps/app-tokens.ts';
export { associationLifetime, type Association, type NewAssociationToken } from './apps/associations.ts';
export { AuditLog, chainStart, type AuditFilter, type AuditRecord, type AuditVerdict } from './audit/audit-log.ts';
export { followAudit, type FollowedAudit } from './audit/follow-audit.ts';
export { Callers } from './callers/callers.ts';
export {
  Permissions,
  type PermissionFilter,
  type PermissionRequest,
  type PermissionsOptions,
} from './permissions/permissions.ts';
export type { ProfileRecord } from './profiles/profile-record.ts';
export { Profiles, type ProfilesOptions } from './profiles/profiles.ts';
export { profileLibrary, type LibraryProfile } from './profiles/profile-library.ts';
export { ProfileRemoval, type ProfileRemovalOptions } from './profiles/profile-removal.ts';
export { RegistryModule } from './registry.module.ts';
export { registryRecords } from './registry-records.ts';

import type { AppLimits } from '@datakeep/kernel';
import type { Right } from './events.ts';

/** The caller, after authentication. */
export type Caller = AppCaller | RunCaller | AdminCaller;

export interface AppCaller {
  readonly kind: 'app';
  readonly appId: string;
  readonly appName: string;
  readonly tokenId: string;
  /** ISO date, or null for a token that does not expire. */
  readonly tokenExpiresAt: string | null;
  /** Web pages that may call as this app (RFC 6454 origins); absent: none. */
  readonly origins?: readonly string[] | undefined;
}

/** A run of a view instance: what it may do is the instance's approved permissions, never the app's. */
export interface RunCaller {
  readonly kind: 'run';
  readonly runId: string;
  readonly viewInstanceId: string;
  readonly appId: string;
  /** With a run token: the one profile that it opens. The broker's calls have none: every profile of the instance. */
  readonly profile?: string;
  /** Of a dry run: it has neither view instance nor permission. Its rights are this, and nothing else. */
  readonly dry?: DryRunScope;
}

/**
 * What a dry run may read: events of these profiles, and with `source` only those that this app sent. It may write
 * nothing.
 */
export interface DryRunScope {
  readonly profiles: readonly string[];
  readonly source?: string | undefined;
}

export interface AdminCaller {
  readonly kind: 'admin';
  readonly adminId: string;
  readonly adminName: string;
  readonly sessionId: string;
}

/**
 * Looks up the caller of a verified token. Guarantees: answers the state of the records now, cached for at most one
 * second; `undefined` when the record is gone, revoked or expired; the process that revokes sees it at once.
 */
export interface CallerDirectory {
  app(appId: string, tokenId: string): AppCaller | undefined | Promise<AppCaller | undefined>;
  /** Also renews the session's idle time. */
  admin(adminId: string, sessionId: string): AdminCaller | undefined | Promise<AdminCaller | undefined>;
  /**
   * Throws `confirmation-needed` (403) unless the session was begun or confirmed within the last five minutes. Reads
   * the record anew, so that a confirmation counts at once in every process.
   */
  requireConfirmation(caller: AdminCaller): Promise<void>;
}

/** The same for run tokens; the view manager answers it. */
export interface RunDirectory {
  run(viewInstanceId: string, tokenId: string): RunCaller | undefined | Promise<RunCaller | undefined>;
}

/** A holder of rights: an app by its own permissions, or a view instance by its own. */
export type Grantee =
  | { readonly kind: 'app'; readonly appId: string }
  | { readonly kind: 'view-instance'; readonly viewInstanceId: string };

/**
 * What has been consented to. Guarantees: the union of the grantee's approved, unexpired permissions on the profile at
 * this moment, cached for at most one second; a decision counts at once in the process that took it. An unknown grantee
 * or profile has no rights.
 */
export interface Consent {
  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> | Promise<ReadonlySet<Right>>;
  /** The profiles on which the grantee has the right, with the same guarantees. */
  profilesWith(grantee: Grantee, right: Right): ReadonlySet<string> | Promise<ReadonlySet<string>>;
}

/**
 * Signs tokens (libs/auth). Times are ms since the epoch; `expiresAt` null is a token without an end, for apps only, by
 * the admin's explicit choice.
 */
export interface TokenSigner {
  sign(kind: TokenKind, subject: string, tokenId: string, issuedAt: number, expiresAt: number | null): string;
}

export type TokenKind = 'app' | 'admin' | 'run';

/**
 * How much an app may have. Guarantees: the admin's own numbers for the app where there are some, else those of the
 * configuration; cached for at most one second; a change counts at once in the process that made it.
 */
export interface AppLimitDirectory {
  of(appId: string): AppLimits | Promise<AppLimits>;
}

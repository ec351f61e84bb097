import type {
  BackupScheduleState,
  BackupsState,
  BulkCount,
  DryRun,
  Export,
  IndexAnswer,
  IndexPolicy,
  IndexReport,
  IngestAnswer,
  KeepEvent,
  Permission,
  QueryExplanation,
  RestoredBackup,
  Run,
  RunFigures,
  RunQueueCounts,
  RuntimeReport,
  SourceFile,
  StorageFigures,
  ViewInstance,
  ViewTemplate,
  ViewTemplateVersion,
} from '@datakeep/contracts';
import type { AppLimits, Count, Id, InputError, ProblemDocument, RateLimits, Timestamp } from '@datakeep/kernel';
import type {
  App,
  AuditRecord,
  LibraryProfile,
  NewAssociationToken,
  NewSession,
  NewTotp,
  Passkey,
  ProfileRecord,
  SecondFactorState,
  Session,
} from '@datakeep/registry';
import type { ListAnswer } from '../http/list-answer.ts';
import type { PasskeyPlace } from '../http/relying-party.ts';
import type { AppUsed } from '../http/used-limits.ts';

/**
 * What is answered, by the names of the documents' component schemas. scripts/documented-schemas.ts derives the schemas
 * from these types and their comments.
 */
export interface Documented {
  Admin: { readonly adminId: Id; readonly name: string };
  AdminRun: Run;
  AdminRunList: ListAnswer<Run>;
  AdminViewTemplate: AdminViewTemplate;
  AdminViewTemplateList: ListAnswer<AdminViewTemplate>;
  App: App;
  AppList: ListAnswer<App>;
  AppUsed: AppUsed;
  Association: IssuedToken & { readonly appId: Id; readonly name: string };
  AssociationToken: NewAssociationToken;
  AuditList: ListAnswer<AuditRecord>;
  AuditEntry: AuditRecord;
  BackupSchedule: BackupScheduleState;
  Backups: BackupsState;
  BulkLine: BulkProgress | BulkSummary | BulkStop;
  ChangePage: ChangePage;
  DryRun: DryRun;
  Event: DocumentedEvent;
  EventList: ListAnswer<DocumentedEvent>;
  ExplainedEventList: ListAnswer<DocumentedEvent> & {
    /** With `explain=true`. */
    readonly explain?: QueryExplanation;
  };
  ExportLine: ExportedProfile | DocumentedEvent | ExportSummary | ExportStop;
  ImportLine: ExportedProfile | DocumentedEvent | ExportSummary;
  Index: IndexReport;
  IndexList: Omit<IndexAnswer, 'indexes'> & { readonly items: readonly IndexReport[]; readonly nextCursor: null };
  IndexPolicy: IndexPolicy & Pick<IndexAnswer, 'effectiveMode' | 'note'>;
  IndexPolicyChange: IndexPolicyChange;
  Ingest: Partial<IngestAnswer> & Omit<IngestAnswer, 'events'>;
  Keys: Keys;
  Me: Me;
  NewTotp: NewTotp;
  OpenSession: Session;
  Passkey: Passkey;
  PasskeyOptions: PasskeyOptions;
  PasskeyPlace: PasskeyPlace;
  Passkeys: PasskeyPlace & { readonly items: readonly Passkey[] };
  Permission: Permission;
  PermissionList: ListAnswer<Permission>;
  Profile: ProfileRecord;
  Problem: Problem;
  ProfileLibrary: { readonly items: readonly LibraryProfile[] };
  ProfileList: ListAnswer<ProfileRecord>;
  RecoveryCodes: RecoveryCodes;
  RestoredBackup: RestoredBackup;
  Run: AppRun;
  RunList: ListAnswer<AppRun>;
  Runtime: RuntimeReport;
  RuntimeList: { readonly items: readonly RuntimeReport[]; readonly nextCursor: null };
  SecondFactor: SecondFactorState;
  Session: NewSession;
  SessionList: ListAnswer<Session>;
  System: System;
  Token: IssuedToken;
  UploadedBackup: { readonly bytes: Count };
  ViewInstance: ShownInstance;
  ViewInstanceList: ListAnswer<ShownInstance>;
  ViewTemplate: PublicViewTemplate;
  ViewTemplateList: ListAnswer<PublicViewTemplate>;
  ViewTemplateVersion: ShownTemplateVersion;
  ViewTemplateVersionList: ListAnswer<ShownTemplateVersion>;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Timestamp | null;
}

export interface Me {
  readonly appId: Id;
  readonly name: string;
  readonly tokenExpiresAt: Timestamp | null;
  readonly permissions: readonly Permission[];
  readonly viewInstances: readonly ShownInstance[];
  readonly limits: AppUsed;
}

/** A template as apps see it: never its source, nor where that lies. */
export type PublicViewTemplate = Omit<ViewTemplate, 'sourceCodeId' | 'sourceDigest'>;

interface WithSource {
  /** Only where one is read. */
  readonly files?: readonly SourceFile[];
}
export interface AdminViewTemplate extends ViewTemplate, WithSource {}
export interface ShownTemplateVersion extends ViewTemplateVersion, WithSource {}

export interface ShownInstance extends ViewInstance {
  /** Only where one instance is made or read. */
  readonly permissions?: readonly Permission[];
}

/** A run as its app sees it: its outcome, without the keep's ledger of attempts. */
export type AppRun = Omit<Run, 'ledger'>;

/** A part that is out of reach is absent. */
export interface System {
  readonly version: string;
  readonly node: string;
  readonly uptimeSeconds: Count;
  readonly residentBytes: Count;
  readonly storage?: StorageFigures;
  readonly documents?: { readonly engine: string; readonly bytes: Count };
  readonly runQueue?: RunQueueCounts;
  readonly runs?: RunFigures;
  /** Of the file system that this gateway's DATA_DIR lies on; absent where there is no such folder. */
  readonly disk?: { readonly freeBytes: Count; readonly totalBytes: Count };
  readonly limits: {
    /** What one app may have at once, run in a day and read in a minute (APP_LIMITS). */
    readonly app: AppLimits;
    /** By class of route, for each app or address (RATE_LIMITS); null for no limit. */
    readonly requestsPerMinute: RateLimits | null;
  };
}

export interface Keys {
  /** `configuration`: SIGNING_KEY gives the key. */
  readonly source: 'file' | 'configuration';
  readonly current: Key;
  /** It still verifies, and signs no more. */
  readonly previous: Key | null;
}
export interface Key {
  readonly kid: string;
  /** Absent for a key of SIGNING_KEY. */
  readonly createdAt?: Timestamp;
}

/** @additionalProperties false */
export interface IndexPolicyChange extends Partial<IndexPolicy> {}

export interface RecoveryCodes {
  /**
   * @minItems 10
   * @maxItems 10
   */
  readonly recoveryCodes: readonly string[];
}

/**
 * As WebAuthn says; the challenge is base64url.
 *
 * @additionalProperties true
 */
export interface PasskeyOptions {
  readonly challenge: string;
}

/**
 * Any JSON object that the profile's schema accepts.
 *
 * @internal
 */
export type Payload = Readonly<Record<string, unknown>>;
export interface DocumentedEvent extends KeepEvent<Payload> {}

/** The event as it is now; of a deleted one all but its payload and identifier. */
export interface ChangedEvent extends Omit<DocumentedEvent, 'payload'> {
  readonly payload?: Payload;
}
export interface Change {
  readonly change: 'created' | 'modified' | 'deleted';
  readonly event: ChangedEvent;
  /** The place after this item, for `since`. */
  readonly place: string;
}
export interface ChangePage {
  readonly items: readonly Change[];
  /** Where to go on, for `since`. */
  readonly next: string;
}

export interface BulkProgress {
  readonly progress: BulkCount;
}
export interface BulkSummary {
  readonly summary: BulkCount;
}
/** The first `lines` lines are stored, none after. */
export interface BulkStop {
  readonly problem: Problem;
  /** The line to blame, from 1, where one is. */
  readonly line?: Count;
  readonly stored: BulkCount;
}

export interface ExportedProfile {
  readonly profile: Omit<ProfileRecord, 'createdAt'>;
}
export interface ExportSummary {
  readonly summary: Export['count'];
}
/** Why the export is not whole. */
export interface ExportStop {
  readonly problem: Problem;
}

/** Every error (RFC 9457). */
export interface Problem extends Omit<ProblemDocument, 'code' | 'errors'> {
  /**
   * Stable: branch on it. One of /docs/errors.
   *
   * @example "unauthenticated"
   */
  readonly code: string;
  /**
   * The places of bad input.
   *
   * @maxItems 20
   */
  readonly errors?: readonly ProblemPlace[];
}
export interface ProblemPlace extends Omit<InputError, 'code'> {
  /**
   * One of /docs/errors, under Places.
   *
   * @example "required"
   */
  readonly code: string;
}

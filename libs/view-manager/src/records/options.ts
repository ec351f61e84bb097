import type {
  AppLimitDirectory,
  Audit,
  Consent,
  EventService,
  ExecutionService,
  InstancePermissions,
  ProfileCatalogue,
  RunQueue,
  RunRetention,
  TokenSigner,
} from '@datakeep/contracts';
import type { DocumentStore } from '@datakeep/documents';
import type { Clock, Ids, Logger } from '@datakeep/kernel';

export interface ViewManagerOptions {
  readonly documents: DocumentStore;
  readonly queue: RunQueue;
  /** By the runtime's name, as templates name it. */
  readonly runtimes: ReadonlyMap<string, ExecutionService>;
  readonly permissions: InstancePermissions;
  readonly consent: Consent;
  readonly profiles: ProfileCatalogue;
  readonly events: EventService;
  readonly audit: Audit;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** How long ended runs are kept; default: 90 days, 100,000 runs, 1 GiB. */
  readonly retention?: RunRetention;
  /** Runs that may wait; one more is refused with `run-queue-full`. */
  readonly maxQueuedRuns: number;
  /** What one app may have of them, and of instances. */
  readonly appLimits: AppLimitDirectory;
  /**
   * The keep's public URL, for code in a foreign execution service; asked at each run, since a port may be known only
   * after listening.
   */
  readonly dataEndpoint: () => string;
  /**
   * Whether runs may end in another process that serves the same records: waiting callers then poll the record too.
   * Default: no.
   */
  readonly endsElsewhere?: boolean;
}

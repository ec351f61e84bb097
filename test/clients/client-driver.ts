import type { Json, Right } from '../support/keep-client.ts';

/** An event as both clients take it. */
export interface SentEvent {
  readonly profile: string;
  readonly payload: Json;
  readonly createdDate?: string;
  readonly identifier?: string;
}

export interface Options {
  readonly url: string;
  /** Sent again so often; default: the client's. */
  readonly retries?: number;
  readonly timeoutMs?: number;
  /** A file that holds the token, and gets it when it is renewed. */
  readonly tokenFile?: string;
  /** A file of the outbox's events; default: in memory. */
  readonly outboxFile?: string;
}

/** What each method answers or takes, by its name; the same in every language. */
export interface Operations {
  associate(
    args: Options & {
      readonly associationToken: string;
      readonly name: string;
      readonly origins?: readonly string[];
    },
  ): null;
  connect(args: Options & { readonly token?: string }): null;
  me(args: null): { readonly appId: string };
  'profiles.register'(args: { readonly name: string; readonly schema: Json }): null;
  'profiles.registerFromLibrary'(args: { readonly name: string }): { readonly name: string; readonly schema: Json };
  'profiles.get'(args: { readonly name: string }): { readonly name: string; readonly schema: Json };
  'permissions.ensure'(args: {
    readonly profile: string;
    readonly rights: readonly Right[];
    readonly message: string;
    readonly again?: boolean;
    readonly noteWaiting?: boolean;
  }): { readonly granted: readonly Right[]; readonly missing: readonly Right[]; readonly reason: string | null };
  /** How often `noteWaiting` was told that the admin has yet to decide. */
  'permissions.waited'(args: null): number;
  'permissions.request'(args: {
    readonly profile: string;
    readonly rights: readonly Right[];
    readonly message: string;
  }): { readonly id: string };
  'permissions.giveUp'(args: { readonly id: string }): null;
  'events.create'(args: { readonly events: readonly SentEvent[] }): {
    readonly accepted: number;
    readonly duplicates: number;
    readonly events: readonly { readonly id: string }[];
  };
  /** Every item, read page by page. */
  'events.query'(args: {
    readonly profile: string;
    readonly filter?: Json;
    readonly sort?: Json;
    readonly fields?: readonly string[];
    readonly pageSize?: number;
    readonly limit?: number;
  }): readonly Stored[];
  'events.aggregate'(args: Json): Json;
  'events.get'(args: { readonly id: string }): Stored;
  'events.modify'(args: { readonly id: string; readonly payload: Json; readonly version?: number }): Stored;
  'events.delete'(args: { readonly id: string; readonly version?: number }): null;
  /** Events numbered from 1, of which `bad` has a payload that no schema of the tests takes. */
  'events.ingest'(args: { readonly profile: string; readonly count: number; readonly bad?: number }): {
    readonly lines: number;
    readonly accepted: number;
    readonly duplicates: number;
  };
  'changes.open'(args: {
    readonly profile?: string;
    readonly since?: string;
    readonly checkpointFile?: string;
  }): number;
  'changes.next'(args: { readonly handle: number }): {
    readonly change: string;
    readonly event: { readonly id: string; readonly payload?: Json };
  };
  /** What was told of the stream: `open`, or the code of a problem. */
  'changes.told'(args: { readonly handle: number }): readonly string[];
  'changes.close'(args: { readonly handle: number }): null;
  'views.createInstance'(args: { readonly viewTemplateId: string; readonly configuration: Json }): {
    readonly id: string;
    readonly permissions: readonly { readonly id: string }[];
  };
  'views.permitted'(args: { readonly id: string }): {
    readonly missing: readonly { readonly profile: string; readonly status: string; readonly reason?: string }[];
  };
  'views.run'(args: { readonly viewInstanceId: string; readonly clientCustomData?: Json; readonly wait?: number }): {
    readonly id: string;
    readonly state: string;
    readonly result?: Json;
  };
  'views.finished'(args: { readonly runId: string }): { readonly state: string; readonly result?: Json };
  'outbox.add'(args: { readonly events: readonly SentEvent[] }): null;
  'outbox.flush'(args: null): null;
  'outbox.pending'(args: null): number;
  'outbox.waiting'(args: null): readonly { readonly metadata: { readonly profile: string }; readonly payload: Json }[];
  'outbox.refused'(args: null): readonly {
    readonly id: number;
    readonly event: { readonly payload: Json };
    readonly reason: { readonly code: string; readonly errors: readonly { readonly detail: string }[] };
  }[];
  'outbox.retry'(args: { readonly ids: readonly number[] }): null;
  close(args: null): null;
}

export interface Stored {
  readonly id: string;
  readonly metadata: { readonly identifier?: string; readonly version: number; readonly createdDate: string };
  readonly payload: Json;
}

/** A client's error: the members that both have. */
export class ClientFailure extends Error {
  override readonly name = 'ClientFailure';
  readonly code: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly errors: readonly { readonly index?: number; readonly pointer: string }[];
  /** Of a stream that stopped. */
  readonly stored: { readonly lines: number } | undefined;
  readonly line: number | undefined;

  constructor(report: FailureReport) {
    super(report.message);
    this.code = report.code;
    this.status = report.status ?? undefined;
    this.requestId = report.requestId ?? undefined;
    this.errors = report.errors ?? [];
    this.stored = report.stored ?? undefined;
    this.line = report.line ?? undefined;
  }
}

export interface FailureReport {
  readonly message: string;
  readonly code: string;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly errors?: ClientFailure['errors'] | null;
  readonly stored?: { readonly lines: number } | null;
  readonly line?: number | null;
}

/** One client in one program, driven from here. */
export interface DrivenClient {
  call<Name extends keyof Operations>(
    name: Name,
    args: Parameters<Operations[Name]>[0],
  ): Promise<ReturnType<Operations[Name]>>;
  /** Ends the program at once, as a crash does. */
  kill(): void;
  end(): Promise<void>;
}

export interface ClientLanguage {
  readonly language: string;
  /** Its runtime sends a request again by itself where nothing can be done twice. */
  readonly repeatsReads?: boolean;
  start(): DrivenClient;
}

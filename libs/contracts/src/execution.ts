import type { Amount, Count, Timestamp } from '@datakeep/kernel';

export interface SourceFile {
  /** Relative path with `/`, e.g. `main.js`, `lib/sum.js`. */
  readonly path: string;
  readonly content: string;
}

export interface ExecutionLimits {
  /** In ms. */
  readonly wallTimeMs: Count;
  /** In ms of CPU time, of all threads together. */
  readonly cpuTimeMs: Count;
  readonly memoryMiB: Count;
  /** Threads and processes at once, the runtime's own among them. */
  readonly processes: Count;
  readonly resultBytes: Count;
  /** Of stdout, stderr and console together. */
  readonly logBytes: Count;
  readonly inputEvents: Count;
  readonly inputBytes: Count;
}

/** Limits of a run where neither its template nor the configuration says otherwise (docs/isolation.md). */
export const defaultExecutionLimits: ExecutionLimits = {
  wallTimeMs: 5000,
  cpuTimeMs: 5000,
  memoryMiB: 192,
  processes: 64,
  resultBytes: 1024 * 1024,
  logBytes: 64 * 1024,
  inputEvents: 10_000,
  inputBytes: 16 * 1024 * 1024,
};

/** Least and greatest value of each limit (docs/isolation.md). A template or configuration beyond them is refused. */
export const executionLimitRanges: {
  readonly [K in keyof ExecutionLimits]: { readonly least: number; readonly most: number; readonly unit: string };
} = {
  wallTimeMs: { least: 100, most: 60_000, unit: 'ms' },
  cpuTimeMs: { least: 100, most: 60_000, unit: 'ms' },
  memoryMiB: { least: 96, most: 1024, unit: 'MiB' },
  processes: { least: 32, most: 64, unit: 'threads' },
  resultBytes: { least: 1, most: 8 * 1024 * 1024, unit: 'bytes' },
  logBytes: { least: 0, most: 1024 * 1024, unit: 'bytes' },
  inputEvents: { least: 0, most: 100_000, unit: 'events' },
  inputBytes: { least: 0, most: 64 * 1024 * 1024, unit: 'bytes' },
};

export const brokerMethods = [
  'events.query',
  'events.aggregate',
  'events.create',
  'events.modify',
  'events.delete',
] as const;
export type BrokerMethod = (typeof brokerMethods)[number];

/**
 * What view code can reach: its own keep. Arguments and answers are JSON text (an argument is a JSON array of the
 * call's arguments). Guarantees: checks the instance's permissions at this very call; rejects with a DatakeepError
 * whose code reaches the view. `items` counts events read, for limits and usage.
 */
export interface Broker {
  call(method: BrokerMethod, argumentsJson: string): Promise<{ readonly json: string; readonly items: number }>;
}

export interface ExecutionRequest {
  readonly sourceCodeId: string;
  /** A process that served one key never serves another. Opaque here; the view manager gives the view instance's id. */
  readonly reuseKey: string;
  /** JSON text of the first argument of the entry function. */
  readonly parametersJson: string;
  /**
   * The keep's URL, for `fetch` in view code: it reaches the event routes there and nothing else. Absent: it reaches
   * nothing.
   */
  readonly dataEndpoint?: string;
  /**
   * Where to connect to instead, if the keep's public address is not the way to it from here. View code sees nothing of
   * it.
   */
  readonly gatewayUrl?: string;
  readonly limits: ExecutionLimits;
  readonly broker: Broker;
  /** Aborting kills the process; the outcome is `cancelled`. */
  readonly signal: AbortSignal;
}

export interface RunLogLine {
  readonly at: Timestamp;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

export interface RunUsage {
  readonly wallMs: Amount;
  readonly cpuMs: Amount;
  readonly peakMemoryMiB: Amount;
  readonly eventsRead: Count;
  readonly eventsWritten: Count;
  /** JSON bytes that the run got from the broker. */
  readonly bytesRead: Count;
  /** Log bytes beyond the limit, counted and dropped. */
  readonly logBytesDropped: Count;
  /** Of the logs and the result that were kept; counted where the outcome is stored. */
  readonly logBytes?: Count;
  readonly resultBytes?: Count;
}

export interface RunError {
  /** One of /docs/errors, under Runs, or that of a foreign service. */
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: Count;
  /** Of a limit that was passed: how much it allows and what was used when that was seen, in the limit's unit. */
  readonly limit?: number;
  readonly used?: number;
}

export interface Isolation {
  /**
   * `os`: a kernel jail, proved by attacks that failed. `language`: a separate process and the runtime's own permission
   * model; no boundary against hostile code. `foreign`: the code ran in another program, which the admin named in
   * RUNTIMES; this keep does not know its isolation.
   */
  readonly level: 'os' | 'language' | 'foreign';
  /** Layers of docs/isolation.md in force. */
  readonly layers: readonly string[];
  /** Only with `foreign`: the name of the execution service in RUNTIMES. */
  readonly where?: string;
  /** The level is below `os`, and view code runs all the same, because the admin set ALLOW_UNCONFINED_VIEWS. */
  readonly unconfined?: true;
}

/** One attack of the self-test, as it went. */
export interface SelfTestAttack {
  /** The attack, e.g. `reads a file that everybody may read`. */
  readonly attack: string;
  readonly outcome: 'refused' | 'killed' | 'succeeded' | 'not-tried';
  /** What stood in its way, e.g. `landlock`, `seccomp`, `supervisor`; empty where nothing did. */
  readonly refusedBy: readonly string[];
  /** The system's error code or the run's, or why it was not tried. */
  readonly detail?: string;
}

/**
 * The result of the attacks inside the very jail that views get. Guarantee: `level` is `os` only where each attack was
 * refused or killed by more than the language.
 */
export interface SelfTestReport {
  readonly at: Timestamp;
  readonly durationMs: Count;
  readonly passed: boolean;
  readonly attacks: readonly SelfTestAttack[];
}

export type ExecutionOutcome = {
  readonly logs: readonly RunLogLine[];
  readonly usage: RunUsage;
  readonly isolation: Isolation;
} & (
  | { readonly state: 'succeeded'; readonly resultJson: string }
  | { readonly state: 'failed' | 'timed-out' | 'cancelled'; readonly error: RunError }
);

export interface RuntimeReport {
  readonly name: string;
  /** `built-in`, or the URL of a foreign service without credentials. */
  readonly where: string;
  readonly healthy: boolean;
  readonly detail?: string;
  readonly version?: string;
  readonly isolation: Isolation & { readonly proof: string };
  /** The last self-test; absent until the first has ended, and where the service makes none. */
  readonly selfTest?: SelfTestReport;
  readonly limits: ExecutionLimits;
  /** Of a foreign service only the runs that it works on for this keep. */
  readonly processes: { readonly running: Count; readonly idle: Count; readonly max: Count };
}

/**
 * One runtime's execution service: keeps source code by id and runs it; knows nothing of views.
 *
 * Guarantees:
 * - `upload` stores all files or none, and refuses with 422 (`source` places, `pointer` `/files/<index>/…`) what could
 *   not run: no entry file, two of them, more than 10 files, a file over 256 KiB, a path that is absolute, climbs or is
 *   spelled in two ways, a syntax error. Ids are 24 hex digits; those of a foreign service are its own.
 * - `execute` never throws for what view code does: that is an outcome. It rejects only when the service itself fails
 *   (`execution-service-unreachable`). A foreign service that fails is an outcome as well (`execution-service-failed`):
 *   whether it did something is unknown, so it is not tried again. An unknown source id is the outcome `failed` with
 *   `view-source-missing`.
 * - When it resolves or rejects, no process of that run works on it any more.
 * - Code of one `reuseKey` never shares a process with another's, and no run sees what an earlier one left.
 */
export interface ExecutionService {
  readonly runtime: string;
  readonly defaultLimits: ExecutionLimits;
  upload(files: readonly SourceFile[]): Promise<{ readonly sourceCodeId: string; readonly digest: string }>;
  /** The files, or undefined. */
  read(sourceCodeId: string): Promise<readonly SourceFile[] | undefined>;
  delete(sourceCodeId: string): Promise<void>;
  execute(request: ExecutionRequest): Promise<ExecutionOutcome>;
  report(): Promise<RuntimeReport>;
  /** Kills every view process; running executions end as `cancelled`. */
  close(): Promise<void>;
}

import { randomUUID } from 'node:crypto';
import { type Clock, currentRequestId, DatakeepError, traced } from '@datakeep/kernel';
import { Admission, type AdmissionLimits } from '../wire/admission.ts';
import { textLength } from '../wire/envelope.ts';
import { defaultInFlight, maxRequestBytes } from '../wire/limits.ts';
import { busy, fromWireError, type ServiceFailures, unanswered, unreachable } from '../wire/rpc-errors.ts';
import {
  type MethodDescription,
  patternsOf,
  type Remote,
  type ServiceDescription,
} from '../wire/service-description.ts';
import { assertSecretBeyondLoopback } from '../wire/service-secret.ts';
import { type ConnectionOptions, type ServerAddress, ServiceConnection } from './service-connection.ts';

export interface RpcClientOptions extends ConnectionOptions {
  /** At least one. Calls go round; one that was not sent goes to the next. */
  readonly servers: readonly ServerAddress[];
  /** How long a call waits where its method says nothing else, ms. Default 10,000. */
  readonly deadlineMs?: number;
  readonly inFlight?: AdmissionLimits;
}

/**
 * A client of a service. `port.<method>(…)` sends its arguments to one of the servers, and resolves to what the port
 * there answered.
 *
 * Errors are `DatakeepError`s: those of the port as they were thrown there, and the description's `failures`.
 * `unreachable`, when no server takes a connection (at once while
 * all are known to be down) or none answers in time; the detail says whether nothing was done or the outcome is
 * unknown. `busy`, when more than `inFlight` waits: nothing was sent.
 * `body-too-large` for a request beyond what a service reads. Throws `ConfigError` at once for a server beyond loopback
 * without a secret.
 */
export function createRpcClient<Port extends object, Methods extends object>(
  description: ServiceDescription<Port, Methods>,
  options: RpcClientOptions,
): { readonly port: Remote<Port, Methods>; readonly control: RpcClient } {
  const control = new RpcClient(description.name, description.failures, options);
  const methods = patternsOf(description).map(
    ({ method, pattern, how }) => [method, (...args: unknown[]) => control.call(pattern, how, args)] as const,
  );
  return { port: Object.fromEntries(methods) as Remote<Port, Methods>, control };
}

/** What a message takes beside the text of its arguments, at most; small values are not worth counting. */
const envelopeLength = 1024;
/** How long a server that is about to end gets no calls, ms: longer than it lingers. */
const leavingMs = 300;

export class RpcClient {
  readonly #connections: readonly ServiceConnection[];
  readonly #admission: Admission;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  #turn = 0;
  #closed: Promise<void> | undefined;

  constructor(
    readonly name: string,
    readonly failures: ServiceFailures,
    options: RpcClientOptions,
  ) {
    const { servers, secret, inFlight = defaultInFlight, deadlineMs = 10_000, clock } = options;
    const hosts = servers.map(({ host }) => host);
    assertSecretBeyondLoopback(hosts, secret);
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#admission = new Admission(inFlight);
    this.#connections = servers.map((address) => new ServiceConnection(name, address, options));
  }

  call(pattern: string, how: MethodDescription<unknown[]>, args: unknown[]): Promise<unknown> {
    return traced(pattern, { kind: 'client', attributes: { 'rpc.method': pattern } }, () =>
      this.#call(pattern, how, args),
    );
  }

  async #call(pattern: string, how: MethodDescription<unknown[]>, args: unknown[]): Promise<unknown> {
    if (this.#closed) throw new DatakeepError('not-ready');
    const length = envelopeLength + textLength(args);
    const allowed = `One request to the ${this.name} service may take ${maxRequestBytes} bytes.`;
    if (length > maxRequestBytes) throw new DatakeepError('body-too-large', allowed);
    if (!this.#admission.enter(length)) throw busy(this.failures, `Too much is waiting for the ${this.name} service.`);
    try {
      return await this.#send(pattern, how, args);
    } finally {
      this.#admission.leave(length);
    }
  }

  /** Resolves when one of the servers takes connections; rejects with the service's 503 otherwise. */
  async reach(): Promise<void> {
    for (const connection of this.#candidates()) if (await connection.open()) return;
    throw unreachable(this.name, this.failures);
  }

  /** Waits for the calls in flight, then closes the connections. Later calls reject with `not-ready`. */
  close(): Promise<void> {
    return (this.#closed ??= this.#admission.settled().then(() => this.#connections.forEach((one) => one.close())));
  }

  /** Goes through the servers until one has seen the request, or none is left. */
  async #send(pattern: string, how: MethodDescription<unknown[]>, args: unknown[]): Promise<unknown> {
    const { repeatable, deadlineMs = this.#deadlineMs } = how;
    const budgetMs = typeof deadlineMs === 'number' ? deadlineMs : deadlineMs(...args);
    const deadline = this.#clock.monotonic() + budgetMs;
    const requestId = currentRequestId() ?? randomUUID();
    let failure: DatakeepError | undefined;
    for (const connection of this.#candidates()) {
      if (!(await connection.open())) continue;
      const left = deadline - this.#clock.monotonic();
      if (left <= 0) break;
      const outcome = await connection.request(pattern, args, requestId, left);
      if (outcome.kind === 'result') return outcome.result;
      if (outcome.kind === 'error') {
        failure = fromWireError(outcome.error);
        // A server on its way out did nothing with it.
        if (failure.code !== 'not-ready') throw failure;
        connection.rest(leavingMs);
      } else if (outcome.sent) {
        failure = unanswered(this.name, this.failures, repeatable, outcome.reason);
        if (!repeatable) throw failure;
      }
    }
    throw failure ?? unreachable(this.name, this.failures);
  }

  /** Every server that may be tried now, each call beginning with the next one. */
  #candidates(): ServiceConnection[] {
    const start = (this.#turn = (this.#turn + 1) % this.#connections.length);
    return [...this.#connections.slice(start), ...this.#connections.slice(0, start)].filter(({ resting }) => !resting);
  }
}

import { randomUUID } from 'node:crypto';
import {
  Admission,
  type AdmissionLimits,
  assertSecretBeyondLoopback,
  currentRequestId,
  DatakeepError,
  SpanKind,
  traced,
} from '@datakeep/kernel';
import { maxRequestBytes, textLength } from '../wire/envelope.ts';
import { busy, unanswered, unreachable } from '../wire/rpc-errors.ts';
import {
  type MethodDescription,
  patternsOf,
  type Remote,
  type Service,
  type ServiceDescription,
} from '../wire/service-description.ts';
import { type ConnectionOptions, NoAnswer, type ServerAddress, ServiceConnection } from './service-connection.ts';

export interface RpcClientOptions extends ConnectionOptions {
  /** At least one. Calls go round; one that was not sent goes to the next. */
  readonly servers: readonly ServerAddress[];
  /** How long a call waits where its method says nothing else, ms. Default 10,000. */
  readonly deadlineMs?: number;
  readonly inFlight?: AdmissionLimits;
}

/**
 * A client of a service. `port.<method>(…)` sends its arguments to one of the servers, and resolves to what the port
 * there answered. Throws `ConfigError` at once for a server beyond loopback without a secret.
 *
 * Errors of calls are `DatakeepError`s: those of the port as they were thrown there, `body-too-large` for a request
 * beyond what a service reads, and the description's `failures`. `unreachable`: no server takes a connection (at once
 * while all are known to be down) or none answers in time; the detail says whether nothing was done or the outcome is
 * unknown. `busy`: more than `inFlight` waits, nothing was sent.
 */
export function createRpcClient<Port extends object, Methods extends object>(
  description: ServiceDescription<Port, Methods>,
  options: RpcClientOptions,
): { readonly port: Remote<Port, Methods>; readonly control: RpcClient } {
  const control = new RpcClient(description, options);
  const methods = patternsOf(description).map(({ method, pattern, how }) => {
    return [method, (...args: unknown[]) => control.call(pattern, how, args)] as const;
  });
  return { port: Object.fromEntries(methods) as Remote<Port, Methods>, control };
}

/** How long a server that is about to end gets no calls, ms: longer than it lingers. */
const leavingMs = 300;

export class RpcClient {
  readonly #service: Service;
  readonly #options: RpcClientOptions;
  readonly #connections: readonly ServiceConnection[];
  readonly #admission: Admission;
  #turn = 0;

  constructor(service: Service, options: RpcClientOptions) {
    const { servers, secret, inFlight } = options;
    const hosts = servers.map(({ host }) => host);
    assertSecretBeyondLoopback(hosts, secret);
    this.#service = service;
    this.#options = options;
    this.#connections = servers.map((address) => new ServiceConnection(service.name, address, options));
    this.#admission = new Admission(inFlight);
  }

  call(pattern: string, how: MethodDescription<unknown[]>, args: unknown[]): Promise<unknown> {
    const { name, failures } = this.#service;
    return traced(pattern, { kind: SpanKind.CLIENT, attributes: { 'rpc.method': pattern } }, async () => {
      const length = textLength(args);
      const allowed = `One request to the ${name} service may take ${maxRequestBytes} bytes.`;
      if (length > maxRequestBytes) throw new DatakeepError('body-too-large', allowed);
      const refusal = () => busy(failures, `Too much is waiting for the ${name} service.`);
      return this.#admission.run(length, refusal, () => this.#send(pattern, how, args));
    });
  }

  /** Resolves when one of the servers takes connections; rejects with the service's 503 otherwise. */
  async reach(): Promise<void> {
    for (const connection of this.#candidates()) if (await connection.open()) return;
    throw unreachable(this.#service);
  }

  /** Waits for the calls in flight, then closes the connections. Later calls reject with `not-ready`. */
  async close(): Promise<void> {
    await this.#admission.close();
    for (const connection of this.#connections) connection.close();
  }

  /** Goes through the servers until one has seen the request, or none is left. */
  async #send(pattern: string, how: MethodDescription<unknown[]>, args: unknown[]): Promise<unknown> {
    const { clock, deadlineMs: usualMs = 10_000 } = this.#options;
    const { repeatable, deadlineMs = usualMs } = how;
    const deadline = clock.monotonic() + (typeof deadlineMs === 'number' ? deadlineMs : deadlineMs(...args));
    const requestId = currentRequestId() ?? randomUUID();
    let failure: DatakeepError | undefined;
    for (const connection of this.#candidates()) {
      if (!(await connection.open())) continue;
      const left = deadline - clock.monotonic();
      if (left <= 0) break;
      try {
        return await connection.request(pattern, args, requestId, left);
      } catch (error) {
        if (error instanceof NoAnswer) {
          if (!error.sent) continue;
          failure = unanswered(this.#service, repeatable, error.message);
          if (!repeatable) throw failure;
        } else {
          failure = error as DatakeepError;
          // A server on its way out did nothing with it.
          if (failure.code !== 'not-ready') throw failure;
          connection.retryAt = clock.monotonic() + leavingMs;
        }
      }
    }
    throw failure ?? unreachable(this.#service);
  }

  /** Every server that may be tried now, each call beginning with the next one. */
  #candidates(): ServiceConnection[] {
    const start = (this.#turn = (this.#turn + 1) % this.#connections.length);
    const now = this.#options.clock.monotonic();
    const inTurn = [...this.#connections.slice(start), ...this.#connections.slice(0, start)];
    return inTurn.filter(({ retryAt }) => now >= retryAt);
  }
}

import { randomUUID } from 'node:crypto';
import { type Clock, currentRequestId, DatakeepError, type Logger } from '@datakeep/kernel';
import { Admission, type AdmissionLimits } from '../wire/admission.ts';
import type { WireBody } from '../wire/codec.ts';
import { gatheredPatternOf } from '../wire/gathered.ts';
import { defaultInFlight, maxRequestBytes } from '../wire/limits.ts';
import { busy, fromWireError, unanswered, unreachable } from '../wire/rpc-errors.ts';
import {
  type AnyMethod,
  methodsOf,
  patternOf,
  type Remote,
  type ServiceDescription,
} from '../wire/service-description.ts';
import { assertSecretBeyondLoopback } from '../wire/service-secret.ts';
import { CallGatherer } from './call-gatherer.ts';
import { RemoteError, RequestFailure, type ServerAddress } from './rpc-connection.ts';
import { Server, ServerChoice } from './server-choice.ts';

export interface RpcClientOptions {
  /** At least one. Calls go round; one that was not sent goes to the next. */
  readonly servers: readonly ServerAddress[];
  /** SERVICE_SECRET; needed beyond loopback. */
  readonly secret: string | undefined;
  /** How long a call waits where its method says nothing else, ms. Default 10,000. */
  readonly deadlineMs?: number;
  /** How long a server may take to accept a connection, ms. Default 1,000. */
  readonly connectTimeoutMs?: number;
  readonly inFlight?: AdmissionLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RpcClientControl {
  /** Requests that wait for an answer. */
  readonly inFlight: number;
  /** Resolves when one of the servers takes connections; rejects with the service's 503 otherwise. */
  reach(): Promise<void>;
  /** Waits for the calls in flight, then lets go of the connections. Later calls reject with `not-ready`. */
  close(): Promise<void>;
}

export interface RpcClient<Port, Methods> {
  /** The port, over the wire: the methods that the description carries. */
  readonly port: Remote<Port, Methods>;
  readonly control: RpcClientControl;
}

/**
 * A client of a service. `port.<method>(…)` encodes the arguments, sends them to one of the servers, and gives back what the port there answered.
 *
 * Errors are `DatakeepError`s: those of the port as they were thrown there, and the description's `failures`. `unreachable`, when no server takes a connection (told at once while
 * all are known to be down) or none answers in time; the detail says whether nothing was done or the outcome is unknown. `busy`, when more than `inFlight` waits: nothing was sent.
 * `body-too-large` for a request beyond what a service reads. Connections are opened at the first call, and again after they were lost.
 * Throws `ConfigError` at once for a server beyond loopback without a secret.
 */
export function createRpcClient<Port extends object, Methods extends object>(
  description: ServiceDescription<Port, Methods>,
  options: RpcClientOptions,
): RpcClient<Port, Methods> {
  const caller = new RpcCaller(description, options);
  const port: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
  for (const [name, method] of methodsOf(description)) {
    port[name] = caller.method(patternOf(description.name, name), method);
  }
  return { port: port as Remote<Port, Methods>, control: caller };
}

/** Bytes of a request beside its text, at most; small heads are not worth counting. */
const headBytes = 1024;

interface SendOptions {
  readonly requestId: string;
  readonly repeatable: boolean;
  readonly deadline: number;
  /** The call has waited for others already. */
  readonly promptly: boolean;
}

class RpcCaller implements RpcClientControl {
  readonly #description: { readonly name: string; readonly failures: ServiceDescription<object>['failures'] };
  readonly #choice: ServerChoice;
  readonly #admission: Admission;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  #closed: Promise<void> | undefined;

  constructor(description: ServiceDescription<object, object>, options: RpcClientOptions) {
    const { servers, secret, clock, logger, connectTimeoutMs = 1000 } = options;
    assertSecretBeyondLoopback(
      servers.map(({ host }) => host),
      secret,
    );
    this.#description = description;
    this.#clock = clock;
    this.#deadlineMs = options.deadlineMs ?? 10_000;
    this.#admission = new Admission(options.inFlight ?? defaultInFlight);
    this.#choice = new ServerChoice(
      servers.map(
        (address) => new Server({ address, service: description.name, secret, connectTimeoutMs, clock, logger }),
      ),
    );
  }

  get inFlight(): number {
    return this.#admission.requests;
  }

  method(pattern: string, method: AnyMethod): (...args: unknown[]) => Promise<unknown> {
    const { repeatable, gathered } = method;
    const alone = (...args: unknown[]): Promise<unknown> => {
      const body = method.request.encode(args);
      return this.#admitted(method, args, body.text?.length ?? 0, async (requestId, deadline) =>
        method.response.decode(
          await this.#send(pattern, body, { requestId, deadline, repeatable, promptly: false }),
          args,
        ),
      );
    };
    if (!gathered) return alone;
    const together = gatheredPatternOf(pattern);
    const gatherer = new CallGatherer(gathered, this.#clock, (body, requestId, deadline) =>
      this.#send(together, body, { requestId, deadline, repeatable, promptly: true }),
    );
    return (...args) => {
      const text = gathered.textOf(...args);
      if (text === undefined) return alone(...args);
      return this.#admitted(method, args, text, (requestId, deadline) =>
        gatherer.call({ args, requestId }, text, deadline),
      );
    };
  }

  /** `text` in UTF-16 units. */
  async #admitted(
    method: AnyMethod,
    args: unknown[],
    text: number,
    send: (requestId: string, deadline: number) => Promise<unknown>,
  ): Promise<unknown> {
    const { failures, name } = this.#description;
    if (this.#closed) throw new DatakeepError('not-ready');
    const deadline = this.#clock.monotonic() + (method.deadlineMs?.(...args) ?? this.#deadlineMs);
    const bytes = headBytes + text;
    if (bytes > maxRequestBytes)
      throw new DatakeepError(
        'body-too-large',
        `One request to the ${name} service may take ${maxRequestBytes} bytes.`,
      );
    if (!this.#admission.enter(bytes)) throw busy(failures, `Too much is waiting for the ${name} service.`);
    try {
      return await send(currentRequestId() ?? randomUUID(), deadline);
    } finally {
      this.#admission.leave(bytes);
    }
  }

  async reach(): Promise<void> {
    for (const server of this.#choice.candidates()) {
      if (await opens(server)) return;
    }
    throw unreachable(this.#description.name, this.#description.failures);
  }

  close(): Promise<void> {
    this.#closed ??= this.#admission.settled().then(() => this.#choice.close());
    return this.#closed;
  }

  /** Goes through the servers until one has seen the request, or none is left. */
  async #send(
    pattern: string,
    body: WireBody,
    { requestId, deadline, repeatable, promptly }: SendOptions,
  ): Promise<WireBody> {
    const { failures, name } = this.#description;
    let failure: DatakeepError | undefined;
    for (const server of this.#choice.candidates()) {
      if (!(await opens(server))) continue;
      const budgetMs = deadline - this.#clock.monotonic();
      if (budgetMs <= 0) break;
      try {
        return await server.connection.request(pattern, body, requestId, budgetMs, promptly);
      } catch (error) {
        if (error instanceof RemoteError) {
          failure = fromWireError(error.shape);
          // A server on its way out did nothing with it.
          if (failure.code !== 'not-ready') throw failure;
        } else if (!(error instanceof RequestFailure)) throw error;
        else if (error.sent) {
          failure = unanswered(name, failures, repeatable, error.reason);
          if (!repeatable) throw failure;
        }
      }
    }
    throw failure ?? unreachable(name, failures);
  }
}

async function opens(server: Server): Promise<boolean> {
  try {
    await server.open();
    return true;
  } catch (error) {
    if (error instanceof RequestFailure) return false;
    throw error;
  }
}

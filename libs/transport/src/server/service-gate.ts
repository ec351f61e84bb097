import { DatakeepError, type Clock, type Logger } from '@datakeep/kernel';
import { Admission, type AdmissionLimits } from '../wire/admission.ts';
import { defaultInFlight, maxUnreadBytes } from '../wire/limits.ts';
import type { FrameSocket } from '../wire/frame-socket.ts';
import type { ReceivedEnvelope } from '../wire/messages.ts';
import { busy, type ServiceFailures } from '../wire/rpc-errors.ts';
import { ServiceSecret } from '../wire/service-secret.ts';

export interface ServiceGateOptions {
  readonly secret: string | undefined;
  readonly inFlight?: AdmissionLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What every request to this process passes: who may speak, what is too late, what is too much, and whether the process still takes work. */
export class ServiceGate {
  readonly logger: Logger;
  readonly #secret: ServiceSecret;
  readonly #admission: Admission;
  readonly #clock: Clock;
  #draining = false;

  constructor({ secret, inFlight = defaultInFlight, clock, logger }: ServiceGateOptions) {
    this.#secret = new ServiceSecret(secret);
    this.#admission = new Admission(inFlight);
    this.#clock = clock;
    this.logger = logger;
  }

  /** Requests that are being worked on. */
  get inFlight(): number {
    return this.#admission.requests;
  }

  knows(secret: unknown): boolean {
    return this.#secret.matches(secret);
  }

  /**
   * Runs `work`, or refuses it before it begins: `not-ready` while draining (another server may take it), the service's `busy` when the caller will have stopped waiting
   * or when too much is in flight or unread.
   */
  async pass<T>(
    envelope: ReceivedEnvelope,
    socket: FrameSocket,
    failures: ServiceFailures,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#draining) throw new DatakeepError('not-ready');
    const waited = envelope.delayedMs + (this.#clock.monotonic() - envelope.arrivedAt);
    if (waited >= envelope.budgetMs) throw busy(failures, 'The request came too late to be answered in time.');
    if (socket.bufferedBytes > maxUnreadBytes) throw busy(failures, 'Too many answers wait to be read.');
    if (!this.#admission.enter(envelope.bytes)) throw busy(failures, 'Too much is being worked on.');
    try {
      return await work();
    } finally {
      this.#admission.leave(envelope.bytes);
    }
  }

  /** Refuses new work from now on; resolves when what was accepted is done. */
  drain(): Promise<void> {
    this.#draining = true;
    return this.#admission.settled();
  }
}

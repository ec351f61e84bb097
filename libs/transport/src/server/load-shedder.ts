import { type ArgumentsHost, type CanActivate, Catch, type ExceptionFilter } from '@nestjs/common';
import type { TcpContext } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { DatakeepError, type Logger } from '@datakeep/kernel';
import { Admission, type AdmissionLimits } from '../wire/admission.ts';
import { type ReceivedEnvelope, wireVersion } from '../wire/envelope.ts';
import { defaultInFlight, maxUnreadBytes } from '../wire/limits.ts';
import { busy, type ServiceFailures, toWireError } from '../wire/rpc-errors.ts';
import { ServiceSecret } from '../wire/service-secret.ts';
import type { ServerSocket } from '../wire/service-socket.ts';

export interface LoadShedderOptions {
  /** SERVICE_SECRET; needed beyond loopback. */
  readonly secret: string | undefined;
  readonly inFlight?: AdmissionLimits;
  readonly logger: Logger;
}

/**
 * What every message to this process passes: as its guard, the check of the secret; `pass`, refusal of what is late or
 * too much, and whether it still takes work; as its filter, the errors.
 */
@Catch()
export class LoadShedder implements CanActivate, ExceptionFilter {
  readonly #secret: ServiceSecret;
  readonly #admission: Admission;
  readonly #logger: Logger;
  #draining = false;

  constructor({ secret, inFlight = defaultInFlight, logger }: LoadShedderOptions) {
    this.#secret = new ServiceSecret(secret);
    this.#admission = new Admission(inFlight);
    this.#logger = logger;
  }

  /** Requests that are being worked on. */
  get inFlight(): number {
    return this.#admission.requests;
  }

  /**
   * Lets in messages that carry the service secret. Any other is answered with `unauthenticated`, logged, and its
   * connection closed.
   */
  canActivate(host: ArgumentsHost): boolean {
    const { secret, version, requestId } = host.switchToRpc().getData<ReceivedEnvelope>();
    const socket = socketOf(host.switchToRpc().getContext());
    if (!this.#secret.matches(secret)) {
      const about = { requestId: String(requestId).slice(0, 128), address: socket.netSocket.remoteAddress };
      this.#logger.warn('a message without the service secret was refused', about);
      // The answer is written in this turn of the event loop.
      setImmediate(() => socket.netSocket.destroySoon());
      throw new DatakeepError('unauthenticated', 'refuses the service secret: SERVICE_SECRET differs or is missing');
    }
    const spoken = `speaks version ${wireVersion} of the wire; all services must be of one release`;
    if (version !== wireVersion) throw new DatakeepError('bad-request', spoken);
    return (socket.trusted = true);
  }

  /**
   * Runs `work`, or refuses it before it begins: `not-ready` while draining (another server may take it), the service's
   * `busy` when the caller has stopped waiting
   * or when too much is in flight or unread.
   */
  async pass<T>(
    { delayedMs, budgetMs, length }: ReceivedEnvelope,
    context: TcpContext,
    failures: ServiceFailures,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#draining) throw new DatakeepError('not-ready');
    if (delayedMs >= budgetMs) throw busy(failures, 'The request came too late to be answered in time.');
    if (socketOf(context).netSocket.writableLength > maxUnreadBytes)
      throw busy(failures, 'Too many answers wait to be read.');
    if (!this.#admission.enter(length)) throw busy(failures, 'Too much is being worked on.');
    try {
      return await work();
    } finally {
      this.#admission.leave(length);
    }
  }

  /**
   * Answers with the code of what was thrown. What is not of the catalogue is logged here, and answered as `internal`.
   */
  catch(exception: unknown, host: ArgumentsHost): Observable<never> {
    const known = DatakeepError.from(exception);
    if (known === undefined || known.code === 'internal') {
      const { requestId } = host.switchToRpc().getData<ReceivedEnvelope>();
      const route = host.switchToRpc().getContext<TcpContext>().getPattern();
      this.#logger.error('a message handler failed', { requestId, route }, known?.cause ?? exception);
    }
    return throwError(() => toWireError(exception));
  }

  /** Refuses new work from now on; resolves when what was accepted is done. */
  drain(): Promise<void> {
    this.#draining = true;
    return this.#admission.settled();
  }
}

const socketOf = (context: TcpContext): ServerSocket => context.getSocketRef() as ServerSocket;

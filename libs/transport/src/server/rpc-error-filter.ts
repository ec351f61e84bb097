import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { TcpContext } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { DatakeepError, type DatakeepErrorMessage, type Logger } from '@datakeep/kernel';
import type { ReceivedEnvelope } from '../wire/messages.ts';
import { toWireError } from '../wire/rpc-errors.ts';
import { SERVICE_GATE } from './injection-tokens.ts';
import { ServiceGate } from './service-gate.ts';

/** The wire form of what was thrown. What is not of the catalogue is logged here, and told as `internal`. */
export function wireErrorOf(
  exception: unknown,
  logger: Logger,
  requestId: string | undefined,
  route: string,
): DatakeepErrorMessage {
  const known = DatakeepError.from(exception);
  if (known === undefined || known.code === 'internal')
    logger.error('a message handler failed', { requestId, route }, known?.cause ?? exception);
  return toWireError(exception);
}

/** Answers with `wireErrorOf` what was thrown. */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  readonly #gate: ServiceGate;

  constructor(@Inject(SERVICE_GATE) gate: ServiceGate) {
    this.#gate = gate;
  }

  catch(exception: unknown, host: ArgumentsHost): Observable<never> {
    const rpc = host.switchToRpc();
    const { requestId } = rpc.getData<Partial<ReceivedEnvelope>>();
    const told = wireErrorOf(exception, this.#gate.logger, requestId, rpc.getContext<TcpContext>().getPattern());
    return throwError(() => told);
  }
}

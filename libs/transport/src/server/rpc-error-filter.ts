import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { TcpContext } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { DatakeepError } from '@datakeep/kernel';
import type { ReceivedEnvelope } from '../wire/messages.ts';
import { toWireError } from '../wire/rpc-errors.ts';
import { SERVICE_GATE } from './injection-tokens.ts';
import { ServiceGate } from './service-gate.ts';

/** Answers with the wire form of what was thrown. What is not of the catalogue is logged here, and told as `internal`. */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  readonly #gate: ServiceGate;

  constructor(@Inject(SERVICE_GATE) gate: ServiceGate) {
    this.#gate = gate;
  }

  catch(exception: unknown, host: ArgumentsHost): Observable<never> {
    const known = DatakeepError.from(exception);
    if (known === undefined || known.code === 'internal') {
      const rpc = host.switchToRpc();
      this.#gate.logger.error(
        'a message handler failed',
        { requestId: rpc.getData<Partial<ReceivedEnvelope>>().requestId, route: rpc.getContext<TcpContext>().getPattern() },
        known?.cause ?? exception,
      );
    }
    return throwError(() => toWireError(exception));
  }
}

import { Controller, type Type } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, type TcpContext } from '@nestjs/microservices';
import { DatakeepError, traced, withRequestId } from '@datakeep/kernel';
import { helloPattern, type ReceivedEnvelope, textLength } from '../wire/envelope.ts';
import { maxAnswerBytes } from '../wire/limits.ts';
import { patternsOf, type Remote, type ServiceDescription } from '../wire/service-description.ts';
import type { LoadShedder } from './load-shedder.ts';

/** A port's implementation bound to its description. */
export interface BoundService {
  readonly description: ServiceDescription<object, object>;
  readonly port: object;
}

/** Binds what answers a service. The implementation needs only the methods that travel. */
export function bindService<Port extends object, Methods extends object>(
  description: ServiceDescription<Port, Methods>,
  port: Remote<Port, Methods>,
): BoundService {
  return { description: description as BoundService['description'], port };
}

/** A controller with one message handler for each method of the service. */
export function controllerFor({ description, port }: BoundService, gate: LoadShedder): Type<unknown> {
  const { failures } = description;
  @Controller()
  class ServiceController {}
  const prototype = ServiceController.prototype as object;
  for (const { method, pattern } of patternsOf(description)) {
    const answer = (port as Record<string, (...args: unknown[]) => unknown>)[method];
    if (answer === undefined) throw new Error(`Nothing answers ${pattern}.`);
    const value = (envelope: ReceivedEnvelope, context: TcpContext): Promise<unknown> =>
      gate.pass(envelope, context, failures, async () => {
        const args = argumentsOf(envelope);
        const start = { kind: 'server', attributes: { 'rpc.method': pattern }, parent: envelope.traceparent } as const;
        const result = await withRequestId(envelope.requestId, () =>
          traced(pattern, start, async () => answer.apply(port, args)),
        );
        const allowed = `The answer is larger than ${maxAnswerBytes} bytes: ask for less at once.`;
        if (textLength(result) > maxAnswerBytes) throw new DatakeepError(failures.answerTooLarge, allowed);
        return result;
      });
    // What the decorators of a written class do, for a method that is made.
    Object.defineProperty(prototype, method, { value, writable: true, configurable: true, enumerable: false });
    MessagePattern(pattern)(prototype, method, Object.getOwnPropertyDescriptor(prototype, method)!);
    Payload()(prototype, method, 0);
    Ctx()(prototype, method, 1);
  }
  Object.defineProperty(ServiceController, 'name', { value: `${description.name}-service` });
  return ServiceController;
}

/** What no caller of this release sends is `internal`. */
function argumentsOf({ args }: ReceivedEnvelope): unknown[] {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return Object.assign([], args);
  throw new DatakeepError('internal', undefined, { cause: new TypeError('the message holds no arguments') });
}

/** Answers the first message of a connection; the gate has seen the secret and the version by then. */
@Controller()
export class HelloController {
  @MessagePattern(helloPattern)
  hello(): true {
    return true;
  }
}

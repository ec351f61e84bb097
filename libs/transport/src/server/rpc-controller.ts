import { Controller, Inject, type Type } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, type TcpContext } from '@nestjs/microservices';
import { DatakeepError, withRequestId } from '@datakeep/kernel';
import type { WireBody } from '../wire/codec.ts';
import type { FrameSocket } from '../wire/frame-socket.ts';
import {
  type GatheredAnswer,
  type GatheredCall,
  gatheredPatternOf,
  joinAnswers,
  splitCalls,
} from '../wire/gathered.ts';
import { maxAnswerBytes } from '../wire/limits.ts';
import { helloPattern, type ReceivedEnvelope, wireVersion } from '../wire/messages.ts';
import {
  type AnyMethod,
  methodsOf,
  patternOf,
  type Remote,
  type ServiceDescription,
} from '../wire/service-description.ts';
import { ForServices } from './for-services.ts';
import { wireErrorOf } from './rpc-error-filter.ts';
import { SERVICE_GATE } from './injection-tokens.ts';
import { ServiceGate } from './service-gate.ts';

/** A port's implementation bound to its description. */
export interface BoundService {
  readonly description: ServiceDescription<object, object>;
  readonly port: object;
}

type Implementation<Port, Methods> = {
  readonly [M in keyof Remote<Port, Methods>]: Port[M & keyof Port];
};

/** Binds what answers a service. The implementation needs only the methods that travel. */
export function bindService<Port extends object, Methods extends object>(
  description: ServiceDescription<Port, Methods>,
  port: Implementation<Port, Methods>,
): BoundService {
  return { description: description as BoundService['description'], port: port as object };
}

/** A controller with one message handler for each method of the service. */
export function controllerFor({ description, port }: BoundService): Type<unknown> {
  @Controller()
  @ForServices()
  class ServiceController {
    readonly gate: ServiceGate;

    constructor(@Inject(SERVICE_GATE) gate: ServiceGate) {
      this.gate = gate;
    }
  }
  for (const [name, method] of methodsOf(description)) {
    const pattern = patternOf(description.name, name);
    const answer = (port as Record<string, (...args: unknown[]) => unknown>)[name];
    if (answer === undefined) throw new Error(`Nothing answers ${pattern}.`);
    const call = ({ args, requestId }: GatheredCall): unknown =>
      withRequestId(requestId, () => answer.apply(port, args));
    addHandler(ServiceController, pattern, name, function (this: ServiceController, envelope, context) {
      const socket = context.getSocketRef() as FrameSocket;
      return this.gate.pass(envelope, socket, description.failures, async () => {
        const args = decodeArguments(method, envelope);
        const answered = method.response.encode(await call({ args, requestId: envelope.requestId }));
        if ((answered.text?.length ?? 0) > maxAnswerBytes)
          throw new DatakeepError(
            description.failures.answerTooLarge,
            `The answer is larger than ${maxAnswerBytes} bytes: ask for less at once.`,
          );
        return answered;
      });
    });
    const { gathered } = method;
    if (!gathered) continue;
    addHandler(
      ServiceController,
      gatheredPatternOf(pattern),
      `${name}Gathered`,
      function (this: ServiceController, envelope, context) {
        const { logger } = this.gate;
        const socket = context.getSocketRef() as FrameSocket;
        const answerOf = async (one: GatheredCall): Promise<GatheredAnswer> => {
          try {
            return { result: await call(one) };
          } catch (error) {
            return { error: wireErrorOf(error, logger, one.requestId, pattern) };
          }
        };
        return this.gate.pass(envelope, socket, description.failures, async () => {
          const calls = decoded(() => splitCalls(gathered, envelope));
          return joinAnswers(gathered, await Promise.all(calls.map(answerOf)));
        });
      },
    );
  }
  Object.defineProperty(ServiceController, 'name', { value: `${description.name}-service` });
  return ServiceController;
}

/** What no caller of this release sends is `internal`. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new DatakeepError('internal', undefined, { cause });
  }
}

function decodeArguments(method: AnyMethod, body: WireBody): unknown[] {
  const args: unknown = decoded(() => method.request.decode(body));
  if (!Array.isArray(args))
    throw new DatakeepError('internal', undefined, { cause: new TypeError('the message holds no list of arguments') });
  return args as unknown[];
}

type Handler<This> = (this: This, envelope: ReceivedEnvelope, context: TcpContext) => Promise<WireBody>;

/** What the decorators of a written class do, for a method that is made. */
function addHandler<This extends object>(
  controller: Type<This>,
  pattern: string,
  name: string,
  handler: Handler<This>,
): void {
  const prototype = controller.prototype as object;
  Object.defineProperty(prototype, name, { value: handler, writable: true, configurable: true, enumerable: false });
  MessagePattern(pattern)(prototype, name, Object.getOwnPropertyDescriptor(prototype, name)!);
  Payload()(prototype, name, 0);
  Ctx()(prototype, name, 1);
}

/** Answers the first message of a connection; the guard has seen the secret by then. */
@Controller()
@ForServices()
export class HelloController {
  @MessagePattern(helloPattern)
  hello(@Payload() envelope: ReceivedEnvelope): WireBody {
    const { version } = envelope.head as { version?: unknown };
    if (version !== wireVersion)
      throw new DatakeepError(
        'bad-request',
        `speaks version ${wireVersion} of the wire; all services must be of one release`,
      );
    return { head: { version: wireVersion } };
  }
}

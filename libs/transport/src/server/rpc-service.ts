import {
  Controller,
  type DynamicModule,
  type ExistingProvider,
  type FactoryProvider,
  Inject,
  type Type,
  type ValueProvider,
} from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  Admission,
  type AdmissionLimits,
  assertSecretBeyondLoopback,
  ConfigError,
  DatakeepError,
  type Logger,
  SpanKind,
  traced,
  withRequestId,
} from '@datakeep/kernel';
import { maxAnswerBytes, type ReceivedEnvelope, textLength } from '../wire/envelope.ts';
import { busy } from '../wire/rpc-errors.ts';
import { patternsOf, type Remote, type ServiceDescription } from '../wire/service-description.ts';
import { RpcServer, type RpcServerOptions } from './rpc-server.ts';

/** What answers a service: a Nest provider without its token. It needs the methods that travel alone. */
export type Answering<T> =
  Omit<ValueProvider<T>, 'provide'> | Omit<ExistingProvider<T>, 'provide'> | Omit<FactoryProvider<T>, 'provide'>;

/** A description with what answers it. */
export interface BoundService {
  readonly description: ServiceDescription<object, object>;
  readonly answering: Answering<object>;
}

export function bindService<Port extends object, Methods extends object>(
  description: ServiceDescription<Port, Methods>,
  answering: Answering<Remote<Port, Methods>>,
): BoundService {
  return { description: description as BoundService['description'], answering };
}

export interface RpcServiceOptions extends RpcServerOptions {
  readonly services: readonly BoundService[];
  readonly inFlight?: AdmissionLimits;
}

/**
 * The server side of one or more services on one port: a module for the app's imports, and the strategy of
 * `NestFactory.createMicroservice`; closing the app closes it. Throws `ConfigError` for a host beyond loopback without
 * a secret, and for TLS without a certificate.
 */
export function rpcService(options: RpcServiceOptions) {
  const { host, secret, tls, inFlight, services, logger } = options;
  assertSecretBeyondLoopback([host], secret);
  if (tls && (tls.cert === undefined || tls.key === undefined))
    throw new ConfigError('A service that speaks TLS needs SERVICE_TLS_CERT and SERVICE_TLS_KEY, both.');
  const admission = new Admission(inFlight);
  const module: DynamicModule = {
    module: class RpcServiceModule {},
    controllers: services.map(({ description }) => controllerFor(description, admission, logger)),
    providers: services.map(({ description, answering }) => Object.assign({ provide: description.name }, answering)),
  };
  return { module, strategy: new RpcServer(options, admission), admission };
}

type Answer = (...args: unknown[]) => unknown;

/** A controller with one message handler for each method of the service; the provider of its name answers them. */
function controllerFor(description: BoundService['description'], admission: Admission, logger: Logger): Type<unknown> {
  const { name, failures } = description;
  @Controller()
  class ServiceController {
    @Inject(name) readonly port!: Readonly<Record<string, Answer>>;
  }
  const prototype = ServiceController.prototype as object;
  for (const { method, pattern } of patternsOf(description)) {
    const value = async function (this: ServiceController, envelope: ReceivedEnvelope): Promise<unknown> {
      const { delayedMs, budgetMs, length, requestId } = envelope;
      try {
        if (delayedMs >= budgetMs) throw busy(failures, 'The request came too late to be answered in time.');
        const refusal = () => busy(failures, 'Too much is being worked on.');
        const answer = this.port[method]!.bind(this.port);
        const result = await admission.run(length, refusal, () => answered(pattern, answer, envelope));
        const allowed = `The answer is larger than ${maxAnswerBytes} bytes: ask for less at once.`;
        if (textLength(result) > maxAnswerBytes) throw new DatakeepError(failures.answerTooLarge, allowed);
        return result;
      } catch (error) {
        const known = DatakeepError.from(error) ?? new DatakeepError('internal', undefined, { cause: error });
        const about = { requestId, route: pattern };
        if (known.code === 'internal') logger.error('a message handler failed', about, known.cause ?? known);
        // Its cause does not travel.
        throw new RpcException(known.toJSON());
      }
    };
    // What the decorators of a written class do, for a method that is made.
    Object.defineProperty(prototype, method, { value, writable: true, configurable: true, enumerable: false });
    MessagePattern(pattern)(prototype, method, Object.getOwnPropertyDescriptor(prototype, method)!);
    Payload()(prototype, method, 0);
  }
  Object.defineProperty(ServiceController, 'name', { value: `${name}-service` });
  return ServiceController;
}

/** What the port answers, in the scope of the request and of its trace. */
function answered(pattern: string, answer: Answer, envelope: ReceivedEnvelope): Promise<unknown> {
  const { args, requestId, traceparent } = envelope;
  // No caller of this release sends it.
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw new TypeError('the message holds no arguments');
  const start = { kind: SpanKind.SERVER, attributes: { 'rpc.method': pattern }, parent: traceparent };
  const values = Object.assign([], args) as unknown[];
  return withRequestId(requestId, () => traced(pattern, start, async () => answer(...values)));
}

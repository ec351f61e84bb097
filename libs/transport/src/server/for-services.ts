import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { TcpContext } from '@nestjs/microservices';
import { PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { DatakeepError } from '@datakeep/kernel';
import type { FrameSocket } from '../wire/frame-socket.ts';
import type { ReceivedEnvelope } from '../wire/messages.ts';
import { SERVICE_GATE } from './injection-tokens.ts';
import { RpcErrorFilter } from './rpc-error-filter.ts';
import { ServiceGate } from './service-gate.ts';

const guarded = 'datakeep:for-services';

/** Lets in messages that carry the service secret. Any other is answered with `unauthenticated`, logged, and its connection closed. */
@Injectable()
export class ServiceSecretGuard implements CanActivate {
  readonly #gate: ServiceGate;

  constructor(@Inject(SERVICE_GATE) gate: ServiceGate) {
    this.#gate = gate;
  }

  canActivate(context: ExecutionContext): boolean {
    const rpc = context.switchToRpc();
    const envelope = rpc.getData<Partial<ReceivedEnvelope>>();
    const socket = rpc.getContext<TcpContext>().getSocketRef() as FrameSocket;
    const { secret, requestId } = envelope;
    // Each message carries the secret; to hash it costs as much as to find the handler.
    if (socket.isTrustedFor(secret)) return true;
    if (this.#gate.knows(secret)) {
      socket.trust(secret);
      return true;
    }
    this.#gate.logger.warn('a message without the service secret was refused', {
      requestId: typeof requestId === 'string' ? requestId.slice(0, 128) : socket.id,
      address: socket.netSocket.remoteAddress,
    });
    socket.endAfterNextMessage();
    throw new DatakeepError('unauthenticated', 'refuses the service secret: SERVICE_SECRET differs or is missing');
  }
}

/** For classes with message handlers: only services of the same keep may call them, and what is thrown reaches the caller by its code. A handler without it stops the start. */
export function ForServices(): ClassDecorator {
  return applyDecorators(
    SetMetadata(guarded, true),
    UseGuards(ServiceSecretGuard),
    UseFilters(RpcErrorFilter),
  ) as ClassDecorator;
}

/** Throws an `Error` that names every message and event handler of a class without `@ForServices()`. */
export function assertMessageHandlersGuarded(discovery: DiscoveryService, scanner: MetadataScanner): void {
  const open: string[] = [];
  for (const { metatype } of discovery.getControllers()) {
    if (!metatype || Reflect.getOwnMetadata(guarded, metatype) === true) continue;
    const prototype = metatype.prototype as Record<string, unknown>;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const method = prototype[name];
      if (typeof method === 'function' && Reflect.hasMetadata(PATTERN_METADATA, method))
        open.push(`${metatype.name}.${name}`);
    }
  }
  if (open.length > 0)
    throw new Error(`No guard on the message handlers ${open.join(', ')}: decorate their class with @ForServices().`);
}

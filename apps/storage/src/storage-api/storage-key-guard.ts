import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import { ServiceSecret } from '@datakeep/transport';

/** The `ServiceSecret` made of STORAGE_KEY. */
export const STORAGE_KEY = Symbol('STORAGE_KEY');

/** Stands before every route of the interface: only who sends STORAGE_KEY as bearer token comes in. */
@Injectable()
export class StorageKeyGuard implements CanActivate {
  readonly #key: ServiceSecret;

  constructor(@Inject(STORAGE_KEY) key: ServiceSecret) {
    this.#key = key;
  }

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    if (!this.#key.matches(token)) throw new DatakeepError('unauthenticated');
    return true;
  }
}

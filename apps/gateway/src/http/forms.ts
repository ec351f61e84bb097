import { fastifyMultipart } from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';

/**
 * Forms with files (`request.parts`), by @fastify/multipart without its hooks: they remove the files that it saved, of
 * which there are none here, and would cost every request, of whatever kind, two promises and a listener.
 */
export function installForms(fastify: FastifyInstance): void {
  const hookless = Object.create(fastify, { addHook: { value: () => fastify } }) as FastifyInstance;
  fastifyMultipart(hookless, {}, (error) => {
    if (error) throw error;
  });
}

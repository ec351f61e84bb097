import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '@datakeep/kernel';
import { ndjson } from './body-parsers.ts';

/** For a body that is read whole, ms (notes/security.md §4). */
const wholeMs = 30_000;
/** What an answered client gets to stop sending, ms: closed at once, it might not see the answer. */
const lingerMs = 2000;

/** Cuts connections whose body takes too long. `refuse` answers 408 and closes. Streamed bodies have their own pace (paced-body.ts). */
export function installBodyTimes(fastify: FastifyInstance, clock: Clock, refuse: (socket: Socket) => void): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const { raw } = request;
    const { headers } = raw;
    if (
      !raw.complete &&
      (headers['content-length'] ?? headers['transfer-encoding']) !== undefined &&
      headers['content-type'] !== ndjson
    ) {
      const timer = clock.setTimer(wholeMs, () => refuse(raw.socket));
      raw.once('end', () => timer.cancel()).once('close', () => timer.cancel());
    }
    done(null, payload);
  });
  fastify.addHook('onResponse', ({ raw }, _reply, done) => {
    if (!raw.complete && !raw.destroyed) {
      const timer = clock.setTimer(lingerMs, () => raw.socket.destroy());
      raw.once('end', () => timer.cancel()).once('close', () => timer.cancel());
      // Whoever read it as a stream may have left off in the middle.
      raw.removeAllListeners('readable').resume();
    }
    done();
  });
}

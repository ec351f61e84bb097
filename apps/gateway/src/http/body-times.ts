import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '@datakeep/kernel';
import { bringsBody } from './admission/bodies.ts';
import { isStreamed } from './body-parsers.ts';

/** For a body that is read whole, ms. */
const wholeMs = 30_000;

/**
 * Cuts connections whose body takes too long. `refuse` answers 408 and closes. Streamed bodies have their own pace
 * (paced-body.ts). Not Node's `requestTimeout`, which would end them too: it is one for all requests of a server.
 */
export function installBodyTimes(fastify: FastifyInstance, clock: Clock, refuse: (socket: Socket) => void): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const { raw } = request;
    if (!raw.complete && bringsBody(raw) && !isStreamed(raw.headers['content-type'])) {
      // A body that no handler reads, as of a GET, ends without a `close`, and its answer may last.
      const timer = clock.setTimer(wholeMs, () => {
        if (!raw.complete) refuse(raw.socket);
      });
      // Follows at once the end of a body that is read.
      raw.once('close', () => timer.cancel());
    }
    done(null, payload);
  });
}

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '@datakeep/kernel';
import { bringsBody } from './bodies.ts';
import type { BodyRounds } from './body-rounds.ts';
import type { Connections } from './connections.ts';

/** What an answered client may still send of its body, bytes and ms. */
const discardBytes = 64 * 1024 * 1024;
const discardMs = 30_000;

/**
 * A client whose body is refused before its end gets the whole answer at once, and the rest of the body is read and
 * thrown away before the answer counts as ended. Many clients read an answer only once they have sent all, and a
 * connection that is closed on unread bytes is reset, which loses the answer. A client that sends beyond the bounds is
 * cut off. Until then its connection counts as idle: a new one may take its place (`Connections`).
 */
export function discardUnreadBodies(
  fastify: FastifyInstance,
  connections: Connections,
  rounds: BodyRounds,
  clock: Clock,
): void {
  const discard = (body: IncomingMessage): Promise<void> => discardBody(body, rounds, clock);
  // A client that sends `Expect: 100-continue` gets its 100 only when its request is admitted.
  const asking = new WeakSet<IncomingMessage>();
  fastify.server.on('checkContinue', (request, response) => {
    asking.add(request);
    fastify.server.emit('request', request, response);
  });
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (asking.delete(request.raw)) reply.raw.writeContinue();
    done(null, payload);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { raw } = request;
    const whole = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (raw.complete || !bringsBody(raw) || asking.has(raw) || !whole) {
      done(null, payload);
      return;
    }
    request.bodyClaim?.release();
    connections.ended(raw);
    reply.header('content-length', Buffer.byteLength(payload));
    done(null, Readable.from(untilDiscarded(payload, discard(raw)), { objectMode: false }));
  });
  fastify.addHook('onResponse', ({ raw }, _reply, done) => {
    if (!raw.complete && bringsBody(raw)) void discard(raw);
    done();
  });
}

async function* untilDiscarded(
  answer: string | Buffer,
  discarded: Promise<void>,
): AsyncGenerator<string | Buffer, void, undefined> {
  yield answer;
  await discarded;
}

/** Resolves once the body has ended, or its connection. */
function discardBody(body: IncomingMessage, rounds: BodyRounds, clock: Clock): Promise<void> {
  const { socket } = body;
  let left = discardBytes;
  // As long as this body lasts no other request can be on the connection.
  const cut = (): void => {
    if (!body.complete) socket.destroy();
  };
  const timer = clock.setTimer(discardMs, cut);
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel();
      resolve();
    };
    body.once('end', over).once('close', over).once('error', over);
    // What read it as a stream may have left off in the middle.
    body
      .unpipe()
      .removeAllListeners('readable')
      .on('data', (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) cut();
        rounds.pause(body);
      })
      .resume();
  });
}

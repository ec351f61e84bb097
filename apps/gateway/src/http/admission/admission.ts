import type { FastifyInstance } from 'fastify';
import { subjectOf } from '@datakeep/auth';
import { type Clock, type Config, FairShare, type Logger } from '@datakeep/kernel';
import { Answers } from './answers.ts';
import { BodyClaim, bringsBody } from './bodies.ts';
import { BodyRounds } from './body-rounds.ts';
import { Connections } from './connections.ts';
import { checkHosts } from './hosts.ts';
import { discardUnreadBodies } from './unread-bodies.ts';

const mebibyte = 1024 * 1024;

/** How much the edge has in hand. */
export interface Admission {
  readonly answers: Answers;
  readonly connections: Connections;
  readonly bodies: FairShare;
  readonly bodyRounds: BodyRounds;
}

/**
 * Everything that bounds what peers can pile up at the edge: connections, bodies on their way in, answers on their way
 * out. In order: a connection has a place (`Connections`); a request names this keep (`checkHosts`); its token is
 * verified (AccessControl of libs/auth); its caller has room for an answer (`Answers`); only then its body is read, as
 * far as the caller has room for it (`BodyClaim`).
 */
export function installAdmission(fastify: FastifyInstance, config: Config, clock: Clock, logger: Logger): Admission {
  const { maxConnections: total, maxConnectionsPerAddress: perAddress, maxAnswerMiB, maxBodyMiB } = config;
  const connections = new Connections({ total, perAddress }, clock, logger);
  connections.watch(fastify.server);
  fastify.addHook('onRequest', (request, _reply, done) => {
    connections.began(request.raw);
    done();
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    connections.ended(request.raw);
    done();
  });
  checkHosts(fastify, config);

  const answers = new Answers(maxAnswerMiB * mebibyte);
  answers.install(fastify);

  const bodies = new FairShare(maxBodyMiB * mebibyte);
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (bringsBody(request.raw)) {
      const claim = new BodyClaim(bodies, subjectOf(request));
      request.bodyClaim = claim;
      reply.raw.once('close', () => claim.release());
    }
    done(null, payload);
  });
  const bodyRounds = new BodyRounds();
  discardUnreadBodies(fastify, connections, bodyRounds, clock);
  return { answers, connections, bodies, bodyRounds };
}

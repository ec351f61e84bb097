import type { FastifyRequest } from 'fastify';
import { DatakeepError, type Logger, type ProblemDocument, toProblem } from '@datakeep/kernel';

/**
 * The texts of an answer that has begun, and after them what failed on the way, as `last` writes it: no status can say
 * it any more.
 */
export async function* withLastProblem<Text>(
  texts: AsyncIterable<Text>,
  request: FastifyRequest,
  logger: Logger,
  last: (problem: ProblemDocument) => string,
): AsyncGenerator<Text | string, void, undefined> {
  try {
    yield* texts;
  } catch (error) {
    const known = DatakeepError.from(error) ?? new DatakeepError('internal', undefined, { cause: error });
    if (known.status === 500) logger.error('a stream failed', { requestId: request.id, code: known.code }, error);
    yield last(toProblem(known, request.id));
  }
}

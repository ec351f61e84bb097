import { IngestStopped, KeepError, KeepUnreachable } from '../../../../clients/typescript/src/index.ts';
import { problems } from '@datakeep/kernel';

/** Of the keep's refusal that it is, or that was its cause. */
export function codeOf(error: Error): string | undefined {
  if (error instanceof KeepError) return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : undefined;
}

/** A keep's refusal for a person: its code, what was wrong where, and what to do; undefined for other errors. */
export function explainRefusal(error: Error): string | undefined {
  if (error instanceof IngestStopped) {
    const { accepted, duplicates } = error.stored;
    const cause = error.cause instanceof Error ? (explainRefusal(error.cause) ?? error.cause.message) : error.message;
    const isPlaced = error.cause instanceof KeepError && error.cause.errors.some(({ line }) => line !== undefined);
    const where = error.line === undefined || isPlaced ? '' : `Line ${error.line}: `;
    return `${where}${cause}\nStored before: ${accepted} new, ${duplicates} known already.`;
  }
  if (error instanceof KeepUnreachable) return `${error.message}. Is the keep running at that address?`;
  if (!(error instanceof KeepError)) return undefined;
  const remedy = Object.hasOwn(problems, error.code) ? problems[error.code as keyof typeof problems].remedy : undefined;
  // The remedy of `invalid` is for programs: it says where the places are, which the message has.
  const isSaid = remedy === undefined || error.code === 'invalid' || error.message.includes(remedy);
  return [error.message, ...(isSaid ? [] : [remedy]), `Request ${error.requestId}`].join('\n');
}

import type { DatakeepErrorMessage } from '@datakeep/kernel';
import type { WireBody } from './codec.ts';

/** One call of a method, by itself or with others of the same method in one message. */
export interface OneCall {
  readonly body: WireBody;
  readonly requestId: string;
}

/** What became of one of them: what the method answered, or what it threw. */
export type GatheredAnswer = { readonly body: WireBody; readonly error?: undefined } | { readonly error: DatakeepErrorMessage };

export const gatheredPatternOf = (pattern: string): string => `${pattern}.gathered`;

/** Heads side by side; texts one after the other, with their lengths in UTF-16 units. */
interface Joined {
  readonly heads: readonly unknown[];
  readonly lengths: readonly number[];
}

export function joinCalls(calls: readonly OneCall[]): WireBody {
  const { head, text } = join(calls.map(({ body }) => body));
  return { head: { ...head, requestIds: calls.map(({ requestId }) => requestId) }, text };
}

/** Throws `RangeError` on what `joinCalls` did not make. */
export function splitCalls(body: WireBody): OneCall[] {
  const { requestIds } = body.head as { requestIds: readonly string[] };
  const bodies = split(body);
  if (requestIds.length !== bodies.length) throw new RangeError('calls without request ids');
  return bodies.map((part, place) => ({ body: part, requestId: requestIds[place]! }));
}

export function joinAnswers(answers: readonly GatheredAnswer[]): WireBody {
  const { head, text } = join(answers.map((answer) => (answer.error ? { head: null } : answer.body)));
  const errors = answers.flatMap(({ error }, place) => (error ? [[place, error] as const] : []));
  return { head: errors.length === 0 ? head : { ...head, errors }, text };
}

/** As many answers as there were calls, in their order. Throws `RangeError` on anything else. */
export function splitAnswers(body: WireBody, calls: number): GatheredAnswer[] {
  const { errors = [] } = body.head as { errors?: readonly (readonly [place: number, error: DatakeepErrorMessage])[] };
  const answers: GatheredAnswer[] = split(body).map((part) => ({ body: part }));
  if (answers.length !== calls) throw new RangeError('not one answer for each call');
  for (const [place, error] of errors) answers[place] = { error };
  return answers;
}

function join(bodies: readonly WireBody[]): { readonly head: Joined; readonly text: string } {
  let text = '';
  for (const body of bodies) text += body.text ?? '';
  return { head: { heads: bodies.map(({ head }) => head), lengths: bodies.map((body) => body.text?.length ?? 0) }, text };
}

function split({ head, text = '' }: WireBody): WireBody[] {
  const { heads, lengths } = head as Joined;
  let at = 0;
  const bodies = heads.map((part, place): WireBody => {
    const end = at + (lengths[place] ?? Number.NaN);
    const own = text.slice(at, end);
    at = end;
    return own === '' ? { head: part } : { head: part, text: own };
  });
  if (at !== text.length) throw new RangeError('the lengths of the texts do not add up');
  return bodies;
}

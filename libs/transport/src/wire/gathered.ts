import type { DatakeepErrorMessage } from '@datakeep/kernel';
import type { AnswerCodec, Codec, WireBody } from './codec.ts';

/** How calls of one method that come together travel as one message. */
export interface Gathering<Arguments extends unknown[] = never[], Result = unknown> {
  /**
   * The text of a call, UTF-16 units; undefined for one that travels alone. The others wait for each other, and 64 of them with 256 KiB of text and what their codec puts beside
   * it stay below what a service reads: they are short, and take about equally long.
   */
  readonly textOf: (...args: Arguments) => number | undefined;
  readonly requests: Codec<readonly Arguments[]>;
  /** Undefined where a call failed; what is decoded there does not matter. */
  readonly responses: AnswerCodec<Arguments[], readonly (Result | undefined)[]>;
}

export type AnyGathering = Gathering<unknown[], unknown>;

/** One of the calls. */
export interface GatheredCall {
  readonly args: unknown[];
  readonly requestId: string;
}

/** What became of it: what the method answered, or what it threw. */
export type GatheredAnswer =
  { readonly result: unknown; readonly error?: undefined } | { readonly error: DatakeepErrorMessage };

export const gatheredPatternOf = (pattern: string): string => `${pattern}.gathered`;

interface CallsHead {
  readonly calls: unknown;
  readonly requestIds: readonly string[];
}

interface AnswersHead {
  readonly answers: unknown;
  readonly errors?: readonly (readonly [place: number, error: DatakeepErrorMessage])[];
}

export function joinCalls({ requests }: AnyGathering, calls: readonly GatheredCall[]): WireBody {
  const { head, text } = requests.encode(calls.map(({ args }) => args));
  return bodyOf({ calls: head, requestIds: calls.map(({ requestId }) => requestId) } satisfies CallsHead, text);
}

/** Throws on what `joinCalls` did not make. */
export function splitCalls({ requests }: AnyGathering, { head, text }: WireBody): GatheredCall[] {
  const { calls, requestIds } = head as CallsHead;
  const list = requests.decode(bodyOf(calls, text));
  if (requestIds.length !== list.length) throw new RangeError('not one request id for each call');
  return list.map((args, place) => ({ args, requestId: requestIds[place]! }));
}

export function joinAnswers({ responses }: AnyGathering, answers: readonly GatheredAnswer[]): WireBody {
  const { head, text } = responses.encode(answers.map((answer) => (answer.error ? undefined : answer.result)));
  const errors = answers.flatMap(({ error }, place) => (error ? [[place, error] as const] : []));
  return bodyOf({ answers: head, ...(errors.length === 0 ? {} : { errors }) } satisfies AnswersHead, text);
}

/** As many answers as there were calls, in their order. Throws on anything else. */
export function splitAnswers(
  { responses }: AnyGathering,
  { head, text }: WireBody,
  calls: readonly GatheredCall[],
): GatheredAnswer[] {
  const { answers: results, errors = [] } = head as AnswersHead;
  const sent = calls.map(({ args }) => args);
  const answers: GatheredAnswer[] = responses.decode(bodyOf(results, text), sent).map((result) => ({ result }));
  if (answers.length !== calls.length) throw new RangeError('not one answer for each call');
  for (const [place, error] of errors) answers[place] = { error };
  return answers;
}

const bodyOf = (head: unknown, text: string | undefined): WireBody => (text === undefined ? { head } : { head, text });

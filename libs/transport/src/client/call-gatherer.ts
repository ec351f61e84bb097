import { DatakeepError } from '@datakeep/kernel';
import type { WireBody } from '../wire/codec.ts';
import { type OneCall, joinCalls, splitAnswers } from '../wire/gathered.ts';
import { fromWireError } from '../wire/rpc-errors.ts';

/** So many calls do not wait for the end of the poll, and one message has no more text (UTF-16 units); a call with more travels alone. */
const mostCalls = 64;
const mostText = 256 * 1024;

interface Waiting extends OneCall {
  readonly deadline: number;
  readonly resolve: (body: WireBody) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends a call; `deadline` by the monotonic clock, ms. */
export type SendCall = (call: OneCall, deadline: number) => Promise<WireBody>;

/**
 * Has the calls of one method that come in one poll of the event loop travel in one message, so that what a message costs on both sides is shared. Each has its own answer or
 * error; all of them wait for the slowest.
 */
export class CallGatherer {
  readonly #sends: { readonly one: SendCall; readonly several: SendCall };
  #waiting: Waiting[] = [];
  #text = 0;

  constructor(sends: { readonly one: SendCall; readonly several: SendCall }) {
    this.#sends = sends;
  }

  call(call: OneCall, deadline: number): Promise<WireBody> {
    const length = call.body.text?.length ?? 0;
    if (this.#text + length > mostText) this.#flush();
    // Nobody waits for a large one, and no message becomes larger than a service reads.
    if (length > mostText) return this.#sends.one(call, deadline);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, deadline, resolve, reject });
      this.#text += length;
      if (this.#waiting.length >= mostCalls) this.#flush();
      else if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const calls = this.#waiting;
    const [first] = calls;
    if (!first) return;
    this.#waiting = [];
    this.#text = 0;
    if (calls.length === 1) this.#sends.one(first, first.deadline).then(first.resolve, first.reject);
    else void this.#sendSeveral(calls, first.requestId);
  }

  async #sendSeveral(calls: readonly Waiting[], requestId: string): Promise<void> {
    try {
      const deadline = Math.min(...calls.map((call) => call.deadline));
      const answers = splitAnswers(await this.#sends.several({ body: joinCalls(calls), requestId }, deadline), calls.length);
      for (const [place, answer] of answers.entries()) {
        if (answer.error) calls[place]!.reject(fromWireError(answer.error));
        else calls[place]!.resolve(answer.body);
      }
    } catch (error) {
      const told = DatakeepError.from(error) ?? new DatakeepError('internal', undefined, { cause: error });
      for (const { reject } of calls) reject(told);
    }
  }
}

import { type Clock, DatakeepError, type Timer } from '@datakeep/kernel';
import type { WireBody } from '../wire/codec.ts';
import { type AnyGathering, type GatheredCall, joinCalls, splitAnswers } from '../wire/gathered.ts';
import { fromWireError } from '../wire/rpc-errors.ts';

/** So many calls do not wait for the end of the poll, and one message has no more text (UTF-16 units). */
const mostCalls = 64;
const mostText = 256 * 1024;
/** While a message is unanswered the next one gathers, no longer than this, ms: a message that takes long holds nobody else up. */
const longestGatheringMs = 5;

interface Waiting extends GatheredCall {
  readonly deadline: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends a message; `deadline` by the monotonic clock, ms. */
export type SendMessage = (body: WireBody, requestId: string, deadline: number) => Promise<WireBody>;

/**
 * Has the calls of one method that come in one poll of the event loop, or while a message is unanswered (as Nagle's algorithm does, RFC 896), travel in one message, so that what a
 * message costs on both sides is shared. Each has its own answer or error; all of them wait for the slowest.
 */
export class CallGatherer {
  readonly #gathering: AnyGathering;
  readonly #send: SendMessage;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #text = 0;
  /** Messages that are not answered. */
  #unanswered = 0;
  #scheduled = false;
  #timer: Timer | undefined;

  constructor(gathering: AnyGathering, clock: Clock, send: SendMessage) {
    this.#gathering = gathering;
    this.#clock = clock;
    this.#send = send;
  }

  /** `text` as the gathering tells it. */
  call(call: GatheredCall, text: number, deadline: number): Promise<unknown> {
    if (this.#text + text > mostText) this.#flush();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, deadline, resolve, reject });
      this.#text += text;
      if (this.#waiting.length >= mostCalls) this.#flush();
      else if (this.#unanswered === 0) this.#flushAfterPoll();
      else this.#timer ??= this.#clock.setTimer(longestGatheringMs, () => this.#flush());
    });
  }

  #flushAfterPoll(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const calls = this.#waiting;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (calls.length === 0) return;
    this.#waiting = [];
    this.#text = 0;
    this.#unanswered += 1;
    void this.#sendTogether(calls);
  }

  async #sendTogether(calls: readonly Waiting[]): Promise<void> {
    try {
      const body = await this.#answerTo(calls);
      for (const [place, answer] of splitAnswers(this.#gathering, body, calls).entries()) {
        if (answer.error) calls[place]!.reject(fromWireError(answer.error));
        else calls[place]!.resolve(answer.result);
      }
    } catch (error) {
      const told = DatakeepError.from(error) ?? new DatakeepError('internal', undefined, { cause: error });
      for (const { reject } of calls) reject(told);
    }
  }

  async #answerTo(calls: readonly Waiting[]): Promise<WireBody> {
    try {
      const deadline = Math.min(...calls.map((call) => call.deadline));
      return await this.#send(joinCalls(this.#gathering, calls), calls[0]!.requestId, deadline);
    } finally {
      this.#unanswered -= 1;
      // Those that waited go on their way before anything is made of what came: the service is not to be idle meanwhile.
      this.#flush();
    }
  }
}

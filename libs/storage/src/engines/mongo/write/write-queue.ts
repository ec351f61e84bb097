import type { AppendResult, NewEvent } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { payloadUnits, WaitingRoom, type WaitingLimits } from '../../waiting-room.ts';

type AppendLists = (lists: readonly (readonly NewEvent[])[]) => Promise<AppendResult[][]>;

/** One list of one caller. */
interface WaitingList {
  readonly events: readonly NewEvent[];
  readonly bytes: number;
  readonly resolve: (results: AppendResult[]) => void;
  readonly reject: (error: unknown) => void;
}
type Waiting = WaitingList | (() => Promise<unknown>);

/**
 * What shares a transaction. Bounded, so that none comes near the 60 s that a server lets it last; a longer list goes
 * alone.
 */
const eventsTogether = 2000;
const bytesTogether = 8 * 1024 * 1024;

/**
 * The writes of one process, one transaction after the other: all of them raise one counter, so that two at once would
 * only conflict. Lists that wait share a transaction. What finds as much waiting as the limits say is refused at once;
 * a list that finds less enters whole.
 */
export class WriteQueue {
  readonly #appendLists: AppendLists;
  readonly room: WaitingRoom;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(appendLists: AppendLists, limits: WaitingLimits) {
    this.#appendLists = appendLists;
    this.room = new WaitingRoom(limits);
  }

  append(events: readonly NewEvent[]): Promise<AppendResult[]> {
    const bytes = payloadUnits(events);
    return new Promise((resolve, reject) => {
      this.room.enter(bytes, events.length);
      this.#enter({ events, bytes, resolve, reject });
    });
  }

  /** Any other write, alone, with as much payload text and as many events. */
  run<R>(write: () => Promise<R>, bytes = 0, events = 1): Promise<R> {
    return new Promise((resolve, reject) => {
      this.room.enter(bytes, events);
      this.#enter(async () => {
        this.room.leave(bytes, events);
        try {
          resolve(await write());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #enter(write: Waiting): void {
    this.#waiting.push(write);
    if (this.#writing) return;
    this.#writing = true;
    // Requests of one turn of the event loop share a transaction.
    setImmediate(() => void this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      if (typeof first === 'function') {
        this.#waiting.shift();
        await first();
      } else await this.#append(this.#takeLists());
    }
    this.#writing = false;
  }

  #takeLists(): WaitingList[] {
    const lists: WaitingList[] = [];
    let events = 0;
    let bytes = 0;
    for (const list of this.#waiting) {
      if (typeof list === 'function') break;
      events += list.events.length;
      bytes += list.bytes;
      if (lists.length > 0 && (events > eventsTogether || bytes > bytesTogether)) break;
      lists.push(list);
    }
    this.#waiting = this.#waiting.slice(lists.length);
    for (const list of lists) this.room.leave(list.bytes, list.events.length);
    return lists;
  }

  async #append(lists: readonly WaitingList[]): Promise<void> {
    try {
      const results = await this.#appendLists(lists.map(({ events }) => events));
      for (const [index, list] of lists.entries()) list.resolve(results[index] as AppendResult[]);
    } catch (error) {
      // What the server refuses for one list's sake is no fault of the others.
      const isRefusal = DatakeepError.from(error)?.code === 'internal';
      if (isRefusal && lists.length > 1) for (const list of lists) await this.#append([list]);
      else for (const list of lists) list.reject(error);
    }
  }
}

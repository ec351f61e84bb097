import type { IncomingMessage } from 'node:http';

/**
 * Pieces, of 64 KiB at most, that one turn of the event loop takes from all bodies together. libuv accepts one
 * connection a turn, so each turn has to be short (measured: a client behind 120 senders of 16 MiB waited 1.7 s for its
 * place when each turn read from all of them).
 */
const piecesPerTurn = 4;

/** Reads the bodies that come in at the same time round robin. */
export class BodyRounds {
  readonly #waiting = new Set<IncomingMessage>();

  /** To be called with each chunk: the body continues when it is its turn. */
  pause(body: IncomingMessage): void {
    body.pause();
    if (this.#waiting.size === 0) setImmediate(() => this.#resume());
    this.#waiting.add(body);
  }

  #resume(): void {
    let left = piecesPerTurn;
    for (const body of this.#waiting) {
      if (left === 0) break;
      left -= 1;
      this.#waiting.delete(body);
      body.resume();
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#resume());
  }
}

import type { RunLogLine } from '@datakeep/contracts';

/** What a line costs beside its text, so that empty lines reach the limit too. */
const lineCost = 32;

/** Chunks are 64 KiB at most. */
const maxHeldChunks = 16;

/** A run's log: keeps lines until the limit, then counts what it drops. */
export class RunLogs {
  readonly lines: RunLogLine[] = [];
  dropped = 0;
  /** Everything that came, kept or not. */
  received = 0;
  #room: number;
  #held: Buffer[] = [];
  readonly #now: () => number;

  constructor(limitBytes: number, now: () => number) {
    this.#room = limitBytes;
    this.#now = now;
  }

  add(level: RunLogLine['level'], text: string): void {
    const bytes = Buffer.byteLength(text);
    this.received += bytes + lineCost;
    if (this.#room <= 0) {
      this.dropped += bytes;
      return;
    }
    const kept = bytes <= this.#room ? text : Buffer.from(text).subarray(0, this.#room).toString('utf8');
    this.dropped += Math.max(0, bytes - Buffer.byteLength(kept));
    this.#room -= Buffer.byteLength(kept) + lineCost;
    this.lines.push({ at: new Date(this.#now()).toISOString(), level, text: kept });
  }

  /** Raw output: a line each, blank ones left out. A chunk's last line need not be whole. */
  addOutput(level: RunLogLine['level'], chunk: Buffer): void {
    if (this.#room <= 0) {
      this.received += chunk.length;
      this.dropped += chunk.length;
      return;
    }
    for (const line of chunk.toString('utf8').split('\n')) if (line !== '') this.add(level, line);
  }

  /** Keeps raw output back until it is known whether it belongs in the log. */
  hold(chunk: Buffer): void {
    if (this.#held.length < maxHeldChunks) this.#held.push(chunk);
    else this.dropped += chunk.length;
    this.received += chunk.length;
  }

  releaseHeld(level: RunLogLine['level']): void {
    for (const chunk of this.#held) this.addOutput(level, chunk);
    this.#held = [];
  }
}

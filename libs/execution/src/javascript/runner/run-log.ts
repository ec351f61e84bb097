import { formatWithOptions } from 'node:util';
import { encodeFrame, frameKinds } from '../../frames/frames.ts';

const maxText = 65_536;
const inspectOptions = {
  customInspect: false,
  maxStringLength: 10_000,
  compact: 3,
  breakLength: 120,
  colors: false,
} as const;
/** What a line costs beside its text, so that empty lines end too. */
const lineCost = 32;
/** These are written one by one, so that they are known even of a run that is killed in its next statement. */
const promptLines = 50;
/**
 * Later lines are batched: the kernel's buffer holds a few hundred small writes, and a loop without pauses sends no
 * more.
 */
const batchBytes = 4096;

/** What view code prints through `console`, up to the run's limit. */
export class RunLog {
  dropped = 0;
  #id = 0;
  #room = 0;
  #lines = 0;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  readonly #write: (frames: Buffer) => void;

  constructor(write: (frames: Buffer) => void) {
    this.#write = write;
  }

  start(id: number, limitBytes: number): void {
    this.#id = id;
    this.#room = limitBytes;
  }

  add(level: number, values: readonly unknown[]): void {
    const text = format(values);
    const kept = text.slice(0, Math.min(maxText, Math.max(0, this.#room)));
    this.dropped += text.length - kept.length;
    if (this.#room <= 0) return;
    this.#room -= kept.length + lineCost;
    const frame = encodeFrame(frameKinds.log, this.#id, Uint8Array.of(level), kept);
    this.#lines += 1;
    if (this.#lines <= promptLines) return this.#write(frame);
    if (this.#batch.length === 0) setImmediate(() => this.flush());
    this.#batch.push(frame);
    this.#batchBytes += frame.length;
    if (this.#batchBytes >= batchBytes || this.#room <= 0) this.flush();
  }

  /** Writes what waits; to be called before the run says anything else. */
  flush(): void {
    if (this.#batch.length === 0) return;
    this.#write(Buffer.concat(this.#batch));
    this.#batch = [];
    this.#batchBytes = 0;
  }
}

function format(values: readonly unknown[]): string {
  try {
    return values.length === 1 && typeof values[0] === 'string'
      ? values[0]
      : formatWithOptions(inspectOptions, ...values);
  } catch {
    return 'a value that cannot be printed';
  }
}

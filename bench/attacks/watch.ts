import { readFileSync } from 'node:fs';
import { request } from 'node:http';

/** After this many ms a request counts as not answered. */
const patienceMs = 30_000;

/** Ms until a 200 was read whole; infinite where there was none. Each request has a connection of its own. */
export function answeredAfter(url: string, token?: string, body?: string): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const fail = (): void => resolve(Infinity);
    const options = {
      agent: false,
      timeout: patienceMs,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    };
    const asked = request(url, options, (response) => {
      response.on('error', fail).resume();
      response.on('end', () => (response.statusCode === 200 ? resolve(performance.now() - begun) : fail()));
    });
    asked.on('error', fail).on('timeout', () => asked.destroy(new Error('too late')));
    asked.end(body);
  });
}

/** Asks at a fixed rate, whether or not the former answers came. */
export class Watch {
  readonly #asked: Promise<number>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs: number, ask: () => Promise<number>) {
    this.#timer = setInterval(() => this.#asked.push(ask()), everyMs);
  }

  /** Stops asking: how long each answer took, ms, in ascending order. */
  async end(): Promise<readonly number[]> {
    clearInterval(this.#timer);
    return (await Promise.all(this.#asked)).toSorted((a, b) => a - b);
  }
}

/** The most resident memory that a process ever had, MiB; Linux. */
export function peakMiB(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

import { readFileSync } from 'node:fs';
import { request } from 'node:http';

/** After this many ms a request counts as not answered. */
const patienceMs = 30_000;

export interface Answered {
  /** Until the answer was read whole, ms; infinite where it was not a 200. */
  readonly ms: number;
  /** The status and the code of the problem, or what befell the connection. */
  readonly how: string;
}

/** Each request has a separate connection. */
export function ask(url: string, token?: string, content?: string): Promise<Answered> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve({ ms: Infinity, how: error.code ?? error.message });
    const options = {
      agent: false,
      timeout: patienceMs,
      method: content === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      },
    };
    const asked = request(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (some: string) => (body += some));
      response.on('error', fail).on('end', () => {
        const isGood = response.statusCode === 200;
        const code = isGood ? '' : (/"code":"([^"]+)"/.exec(body)?.[1] ?? '');
        resolve({ ms: isGood ? performance.now() - begun : Infinity, how: `${response.statusCode} ${code}`.trim() });
      });
    });
    asked.on('error', fail).on('timeout', () => asked.destroy(new Error('no answer')));
    asked.end(content);
  });
}

/** Asks at a fixed rate, whether or not the former answers came. */
export class Watch {
  readonly #asked: Promise<Answered>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs: number, asks: () => Promise<Answered>) {
    this.#timer = setInterval(() => this.#asked.push(asks()), everyMs);
  }

  /** Stops asking. The answers, the quickest first. */
  async end(): Promise<readonly Answered[]> {
    clearInterval(this.#timer);
    return (await Promise.all(this.#asked)).toSorted((one, other) => (one.ms < other.ms ? -1 : 1));
  }
}

/** The most resident memory that a process ever had, MiB; Linux. */
export function peakMiB(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** How long the main thread of a process has run, and has waited for a processor because others ran, s; Linux. */
export function scheduled(pid: number): { readonly ran: number; readonly waited: number } {
  const [ran, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  return { ran: ran! / 1e9, waited: waited! / 1e9 };
}

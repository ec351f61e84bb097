import { isDeepStrictEqual, styleText } from 'node:util';
import type { Answer, Problem } from '../test/support/keep-client.ts';

/** One line of the closing table. */
export interface Chapter {
  readonly name: string;
  readonly ms: number;
  /** How many of what were handled, for a rate. */
  readonly count?: number;
}

/** A step that did not end as it should: the demo prints it and exits with 1. */
class UnexpectedEnd extends Error {
  override readonly name = 'UnexpectedEnd';
}

/** Prints the steps, measures their times, and stops at the first step that does not end as it should. */
export class Story {
  readonly chapters: Chapter[] = [];
  #shown = performance.now();

  title(text: string): void {
    console.log(`\n${styleText(['bold', 'cyan'], text)}`);
  }

  say(text: string): void {
    console.log(text.startsWith('✗') ? styleText('red', `  ${text}`) : `  ${text}`);
  }

  /** What goes on: on a terminal in one line that is written over, elsewhere as a line in at least each 5 s. */
  progress(text: string): void {
    const now = performance.now();
    if (process.stdout.isTTY) {
      if (now - this.#shown < 100) return;
      process.stdout.write(`\r\u001b[K  ${styleText('dim', text)}`);
    } else {
      if (now - this.#shown < 5000) return;
      console.log(`  … ${text}`);
    }
    this.#shown = now;
  }

  endProgress(): void {
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
    this.#shown = performance.now();
  }

  async time<T>(name: string, step: () => Promise<T>, countOf?: (result: T) => number): Promise<T> {
    const begun = performance.now();
    const result = await step();
    this.chapters.push({ name, ms: performance.now() - begun, ...(countOf ? { count: countOf(result) } : {}) });
    return result;
  }

  /** Of what must not work: shows the refusal. */
  async refused(what: string, asked: Promise<Answer<unknown>>, wanted = 403): Promise<void> {
    const { status, body } = await asked;
    this.expect(`the attempt to ${what}`, status, wanted);
    const { code, title } = body as Problem;
    this.say(`✗ refused to ${what}: ${status} ${code} (${title})`);
  }

  expect(what: string, got: unknown, wanted: unknown): void {
    if (isDeepStrictEqual(got, wanted)) return;
    throw new UnexpectedEnd(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  }
}

import type { Progress } from '@datakeep/backup';
import { SingleBar } from 'cli-progress';

const steps: Readonly<Record<Progress['step'], string>> = {
  copy: 'Copying',
  pack: 'Packing and encrypting',
  check: 'Reading back and checking',
  unpack: 'Unpacking and checking',
};

/** Says how far a command is: a bar at a terminal, a line for each step elsewhere, nothing with `--json`. */
export class Reporter {
  readonly #json: boolean;
  #step: Progress['step'] | undefined;
  #bar: SingleBar | undefined;
  #drawn = 0;
  #counting = false;
  #found: object = {};

  constructor({ json }: { readonly json: boolean }) {
    this.#json = json;
  }

  readonly progress = ({ step, done, of }: Progress): void => {
    if (this.#json) return;
    if (step !== this.#step) {
      this.end();
      this.#step = step;
      if (process.stderr.isTTY) {
        this.#bar = new SingleBar({ format: `${steps[step].padEnd(26)} {bar} {percentage}%`, stream: process.stderr });
        this.#bar.start(of, 0);
      } else process.stderr.write(`${steps[step]} …\n`);
    }
    const now = performance.now();
    if (now - this.#drawn < 50 && done < of) return;
    this.#drawn = now;
    this.#bar?.setTotal(of);
    this.#bar?.update(done);
  };

  /** How many so far of a number that is not known: at a terminal only. */
  counted(what: string, number: number): void {
    const now = performance.now();
    if (this.#json || !process.stderr.isTTY || now - this.#drawn < 200) return;
    this.#drawn = now;
    this.#counting = true;
    process.stderr.write(`\r${number.toLocaleString('en')} ${what}`);
  }

  /**
   * The outcome: `lines` for a person, `result` for a program. To standard error where standard output has the backup.
   */
  done(result: object, lines: readonly string[], output: NodeJS.WriteStream = process.stdout): void {
    this.end();
    output.write(this.#json ? `${JSON.stringify({ done: true, ...result })}\n` : `${lines.join('\n')}\n`);
  }

  /** Lines for a person before something is done; nothing with `--json`. */
  note(lines: readonly string[]): void {
    this.end();
    if (!this.#json) process.stderr.write(`${lines.join('\n')}\n`);
  }

  /** What was found before `failed` is called: nothing with `--json`, whose one line has it. */
  found(result: object, lines: readonly string[]): void {
    this.end();
    this.#found = result;
    if (!this.#json && lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  }

  /** `code`: of the keep's refusal, where it was one. */
  failed(message: string, code?: string): void {
    this.end();
    if (this.#json) process.stdout.write(`${JSON.stringify({ done: false, error: message, code, ...this.#found })}\n`);
    else process.stderr.write(`${message}\n`);
    this.#found = {};
  }

  /** Ends the bar, so that the next output begins on a new line. */
  end(): void {
    if (this.#counting) process.stderr.write('\n');
    this.#counting = false;
    this.#bar?.stop();
    this.#bar = undefined;
    this.#step = undefined;
  }
}

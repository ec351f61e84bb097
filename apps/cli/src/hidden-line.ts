import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

/** A line of standard input may be so long, in UTF-16 code units; a password is far shorter. */
const longestLine = 4096;

export interface Secrets {
  ask(what: string): Promise<string>;
  /** Lets the input go, so that the process may end. */
  end(): Promise<void>;
}

/**
 * A new password: asked for twice, unseen, where a person sits at the terminal; else the first line of the input.
 * Throws where the two differ.
 */
export async function readNewPassword(input: ReadStream, output: WriteStream): Promise<string> {
  return input.isTTY ? askUnseen(input, output, 'New password', { twice: true }) : firstLine(input);
}

/** A secret: asked for, unseen, where a person sits at the terminal; else the first line of the input. */
export async function readSecret(input: ReadStream, output: WriteStream, what: string): Promise<string> {
  return input.isTTY ? askUnseen(input, output, what, { twice: false }) : firstLine(input);
}

/** Secrets in turn: asked for, unseen, at a terminal; else a line of the input each, and nothing after its end. */
export function secretsFrom(input: ReadStream, output: WriteStream): Secrets {
  const lines = input.isTTY ? undefined : linesOf(input);
  return {
    ask: async (what) =>
      lines === undefined ? askUnseen(input, output, what, { twice: false }) : ((await lines.next()).value ?? ''),
    end: async () => void (await lines?.return(undefined)),
  };
}

/** A line that is typed and not shown; with `twice`, a second time. Throws where the two differ, and at Ctrl-C. */
export async function askUnseen(
  input: ReadStream,
  output: WriteStream,
  what: string,
  { twice }: { readonly twice: boolean },
): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // A terminal of readline is in raw mode, so it echoes nothing.
  const lines = createInterface({ input, output: silent, terminal: true });
  const interrupted = new AbortController();
  lines.on('SIGINT', () => interrupted.abort());
  const ask = async (prompt: string): Promise<string> => {
    output.write(prompt);
    try {
      return await lines.question('', { signal: interrupted.signal });
    } catch (error) {
      throw interrupted.signal.aborted ? new Error('Interrupted: nothing was changed.', { cause: error }) : error;
    } finally {
      output.write('\n');
    }
  };
  try {
    const line = await ask(`${what}: `);
    if (twice && (await ask('The same again: ')) !== line) throw new Error('The two differ: nothing was changed.');
    return line;
  } finally {
    lines.close();
  }
}

async function firstLine(input: ReadStream): Promise<string> {
  const lines = linesOf(input);
  const { value } = await lines.next();
  await lines.return(undefined);
  return value ?? '';
}

async function* linesOf(input: ReadStream): AsyncGenerator<string, undefined, undefined> {
  input.setEncoding('utf8');
  let text = '';
  for await (const chunk of input) {
    const lines = (text + String(chunk)).split(/\r?\n/);
    text = lines.pop() ?? '';
    yield* lines;
    if (text.length > longestLine) break;
  }
  yield text;
}

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

/** A line of standard input may be so long, in UTF-16 code units; a password is far shorter. */
const longestLine = 4096;

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
  input.setEncoding('utf8');
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > longestLine) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

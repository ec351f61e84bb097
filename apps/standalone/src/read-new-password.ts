import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

/** A line of standard input may be so long, in UTF-16 code units; a password is far shorter. */
const longestLine = 4096;

/** A new password: asked for twice, unseen, where a person sits at the terminal; else the first line of the input. Throws where the two differ. */
export async function readNewPassword(input: ReadStream, output: WriteStream): Promise<string> {
  if (!input.isTTY) return firstLine(input);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // A terminal of readline is in raw mode, so it shows nothing by itself.
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
    const password = await ask('New password: ');
    if ((await ask('The same again: ')) !== password) throw new Error('The two differ: nothing was changed.');
    return password;
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

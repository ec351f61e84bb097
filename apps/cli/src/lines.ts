import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Lines of a stream, without their ends. Rejects with the error of the stream, which readline passes over. */
export async function* linesOf(input: Readable): AsyncGenerator<string, void, undefined> {
  const lines = createInterface({ input, crlfDelay: Infinity });
  const faults: Error[] = [];
  input.once('error', (error) => {
    faults.push(error);
    lines.close();
  });
  yield* lines;
  if (faults[0]) throw faults[0];
}

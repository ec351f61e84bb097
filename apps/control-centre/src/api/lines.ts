import { textOf } from './body-text.ts';

/** The lines of a body, without their ends, as they arrive. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let pending: string[] = [];
  for await (const chunk of textOf(body)) {
    const [first = '', ...lines] = chunk.split('\n');
    pending.push(first);
    for (const line of lines) {
      yield pending.join('');
      pending = [line];
    }
  }
  const last = pending.join('');
  if (last !== '') yield last;
}

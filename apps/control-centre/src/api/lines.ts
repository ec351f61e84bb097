/** The lines of a body, without their ends, as they arrive. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let pending: string[] = [];
  const text = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  for await (const chunk of text) {
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

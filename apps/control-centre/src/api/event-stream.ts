import { textOf } from './body-text.ts';

/**
 * The names of the events of a `text/event-stream` body (WHATWG HTML §9.2), in order; undefined for a block without
 * data, such as a heartbeat. Ends with the body. `EventSource` sends no token, so the stream is read through `fetch`.
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<string | undefined> {
  let pending = '';
  let name = '';
  let hasData = false;
  for await (const chunk of textOf(body)) {
    const lines = (pending + chunk).split(/\r\n|\n|\r/);
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        yield hasData ? name || 'message' : undefined;
        name = '';
        hasData = false;
      } else if (line.startsWith('event:')) name = line.slice('event:'.length).trimStart();
      else if (line.startsWith('data:')) hasData = true;
    }
  }
}

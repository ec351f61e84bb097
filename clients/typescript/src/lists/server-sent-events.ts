import { linesOf } from './lines.ts';

export interface ServerSentEvent {
  /** `message` where none is named. A block without data, such as a heartbeat, has the type `beat`. */
  readonly type: string;
  readonly data: string;
  /** The last id that came so far. */
  readonly lastId: string | undefined;
}

/** Server-sent events (WHATWG HTML, section 9.2.6). */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void, undefined> {
  let type = '';
  let data: string[] = [];
  let lastId: string | undefined;
  for await (const line of linesOf(body)) {
    if (line === '') {
      yield { type: data.length === 0 ? 'beat' : type || 'message', data: data.join('\n'), lastId };
      type = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) lastId = value;
  }
}

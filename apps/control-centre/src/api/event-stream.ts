import { textOf } from './body-text.ts';

/** One server-sent event (WHATWG HTML §9.2): `EventSource` sends no token, so the stream is read through `fetch`. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** The events of a `text/event-stream` body, in order. Comments are left out. Ends with the body. */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let pending = '';
  let fields: { event: string; data: string[]; id: string | undefined } = { event: '', data: [], id: undefined };
  for await (const chunk of textOf(body)) {
    const lines = (pending + chunk).split(/\r\n|\n|\r/);
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (fields.data.length > 0)
          yield { event: fields.event || 'message', data: fields.data.join('\n'), id: fields.id };
        fields = { event: '', data: [], id: fields.id };
        continue;
      }
      const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (name === 'event') fields.event = value ?? '';
      else if (name === 'data') fields.data.push(value ?? '');
      else if (name === 'id') fields.id = value;
    }
  }
}

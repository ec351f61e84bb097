interface Sent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
}

/** A stream of server-sent events as it comes: `/app/v1/events/changes` with what follows it, or another route. */
export class ChangeStream {
  readonly sent: Sent[] = [];
  readonly #abort = new AbortController();
  ended: Promise<void> = Promise.resolve();
  status = 0;
  problem: unknown;

  static async open(
    url: string,
    token: string,
    path = '',
    headers: Record<string, string> = {},
    route = '/app/v1/events/changes',
  ): Promise<ChangeStream> {
    const stream = new ChangeStream();
    const response = await fetch(`${url}${route}${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
      signal: stream.#abort.signal,
    });
    stream.status = response.status;
    if (response.status === 200) stream.ended = stream.#read(response).catch(() => undefined);
    else stream.problem = await response.json();
    return stream;
  }

  close(): void {
    this.#abort.abort();
  }

  get changes(): Sent[] {
    return this.sent.filter((one) => one.data !== undefined && one.event !== 'end');
  }

  async #read(response: Response): Promise<void> {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = text.slice(0, end).split('\n');
        this.sent.push(
          Object.fromEntries(
            fields.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 2)]),
          ),
        );
        text = text.slice(end + 2);
      }
    }
  }
}

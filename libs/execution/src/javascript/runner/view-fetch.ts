import type { FetchAnswerHead, FetchHead } from '../../frames/frames.ts';

export interface FetchAnswer {
  readonly head: FetchAnswerHead;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * `fetch` of view code, which has no socket: the supervisor asks `dataEndpoint`, and refuses everything else. Node's
 * own `Headers` and `Response` read and answer it; the supervisor decides what of a request may pass.
 */
export function makeFetch(
  ask: (head: FetchHead, body: Uint8Array, refusal: Error) => Promise<FetchAnswer>,
  newRefusal: () => Error,
): (input: unknown, init?: RequestInit) => Promise<Response> {
  return async (input, init = {}) => {
    // Before the first await: later no frame of the view is on the stack.
    const refusal = newRefusal();
    const url = new URL(String(input)).href;
    const method = String(init.method ?? 'GET').toUpperCase();
    const sent = new Response(init.body);
    const body = new Uint8Array(await sent.arrayBuffer());
    if (body.length > 0 && (method === 'GET' || method === 'HEAD'))
      throw new TypeError(`A ${method} request has no body.`);
    const headers = new Headers(init.headers);
    const type = sent.headers.get('content-type');
    if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
    const answer = await ask({ method, url, headers: [...headers] }, body, refusal);
    const { status, headers: received } = answer.head;
    // An empty body: some statuses allow no other.
    const response = new Response(answer.body.length > 0 ? answer.body : null, {
      status,
      headers: received as [string, string][],
    });
    return Object.defineProperty(response, 'url', { value: url, enumerable: true });
  };
}

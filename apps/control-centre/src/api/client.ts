import { learnTime } from './clock.ts';
import { confirmation } from './confirmation.ts';
import { isProblem, ProblemError, unanswered, type Problem } from './problem.ts';
import { session } from './session.ts';

/** The shape of each generated `…Data` type. */
interface Operation {
  readonly url: string;
  readonly path?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

type Given<O extends Operation> = Pick<O, Extract<keyof O, 'path' | 'query' | 'body'>> & {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

function addressOf(url: string, path: unknown, query: unknown): string {
  const filled = url.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((path as Record<string, unknown>)[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>))
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}

/**
 * Sends a request with the session's token, and once more where the keep asked for a proof that its owner is there and
 * got it. Throws `ProblemError` for every answer that is no success, and when none came.
 */
export async function send(address: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await sendOnce(address, init);
  } catch (error) {
    if (!isProblem(error, 'confirmation-needed') || !(await confirmation.ask())) throw error;
    init.signal?.throwIfAborted();
    return sendOnce(address, init);
  }
}

async function sendOnce(address: string, init: RequestInit): Promise<Response> {
  const { token } = session;
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(address, { ...init, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unanswered(address, init.method);
  }
  learnTime(response);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.code === 'unauthenticated' && token !== undefined) session.expire(token);
  throw new ProblemError(problem);
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    if (response.headers.get('content-type')?.startsWith('application/problem+json'))
      return (await response.json()) as Problem;
  } catch {
    // A problem document that was cut off says no more than its status.
  }
  return {
    type: 'about:blank',
    code: 'internal',
    status: response.status,
    title: 'The keep answered in an unexpected way',
    detail: `Status ${response.status}. A proxy between this browser and the keep may have answered.`,
    instance: response.headers.get('x-request-id') ?? '',
  };
}

/**
 * Calls one operation of the admin API: `call<ListAppsData, ListAppsResponse>('GET', '/admin/v1/apps', { query })`.
 * Resolves with the parsed body, undefined for 204.
 */
export async function call<O extends Operation, Answer>(
  method: Method,
  url: O['url'],
  given: Given<O>,
): Promise<Answer> {
  const { path, query, body, signal, headers } = given as {
    path?: unknown;
    query?: unknown;
    body?: unknown;
    signal?: AbortSignal;
    headers?: Record<string, string>;
  };
  const address = addressOf(url, path, query);
  const response = await send(address, {
    method,
    ...(signal ? { signal } : {}),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 204) return undefined as Answer;
  try {
    return (await response.json()) as Answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unanswered(address, method);
  }
}

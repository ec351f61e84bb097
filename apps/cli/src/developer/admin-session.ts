import { KeepError, KeepUnreachable, type Problem } from '../../../../clients/typescript/src/index.ts';
import { secretsFrom } from '../hidden-line.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import { keepUrl } from './keep-url.ts';
import { loginUrl } from './login-file.ts';

export interface AdminOptions {
  /** Default: that of the login. */
  readonly url?: string;
  /** The admin's name. */
  readonly admin: string;
}

export interface AdminSession {
  readonly url: string;
  /** Aborted at a signal of the process. */
  readonly signal: AbortSignal;
  ask<Answer>(method: 'POST' | 'GET', path: string, body?: object): Promise<Answer>;
}

/**
 * What is done with a session of the admin, which ends with it. Password and code come from the terminal, unseen, or
 * as the first lines of standard input; nothing of them is kept. The URL is never taken from a view's folder, which
 * may be another's work and would get the password.
 */
export async function asAdmin<T>(options: AdminOptions, act: (session: AdminSession) => Promise<T>): Promise<T> {
  const url = options.url === undefined ? loginUrl() : keepUrl(options.url);
  if (url === undefined) throw new WrongUse('Which keep? Give --url, or `datakeep login --url URL` first.');
  const stop = new AbortController();
  const token = await signIn(url, options.admin, stop.signal);
  const end = (): void => stop.abort(new NotDone('Interrupted.'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, end);
  try {
    return await act({
      url,
      signal: stop.signal,
      ask: (method, path, body) => ask({ url, token, method, path, body, signal: stop.signal }),
    });
  } finally {
    for (const signal of signals) process.off(signal, end);
    // A session that cannot be ended now ends by itself.
    await ask({ url, token, method: 'DELETE', path: '/session' }).catch(() => undefined);
  }
}

async function signIn(url: string, name: string, signal: AbortSignal): Promise<string> {
  const secrets = secretsFrom(process.stdin, process.stderr);
  const begin = async (body: object): Promise<string> =>
    (await ask<{ readonly token: string }>({ url, method: 'POST', path: '/session', body, signal })).token;
  try {
    const password = await secrets.ask(`Password of ${name} at ${url}`);
    if (password === '') throw new WrongUse("The admin's password is needed: at the terminal, or on standard input.");
    try {
      return await begin({ name, password });
    } catch (error) {
      if (!(error instanceof KeepError) || error.code !== 'second-factor-required') throw error;
      const code = await secrets.ask('Code of the second factor');
      if (code === '') throw error;
      return await begin({ name, password, code });
    }
  } finally {
    await secrets.end();
  }
}

interface Sent {
  readonly url: string;
  readonly token?: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly body?: object | undefined;
  readonly signal?: AbortSignal;
}

async function ask<Answer>({ url, token, method, path, body, signal }: Sent): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url.replace(/\/$/, '')}/admin/v1${path}`, {
      method,
      // The password goes where it was meant to, and nowhere else.
      redirect: 'error',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw new KeepUnreachable(`${method} ${path}`, error);
  }
  const answer = parsed(text);
  if (!response.ok) throw new KeepError(problemOf(answer) ?? foreignProblem(response));
  return answer as Answer;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(answer: unknown): Problem | undefined {
  const { code, status } = (answer ?? {}) as Partial<Problem>;
  return typeof code === 'string' && typeof status === 'number' ? (answer as Problem) : undefined;
}

/** An answer of something between, such as a proxy. */
const foreignProblem = ({ status, headers }: Response): Problem => ({
  type: 'about:blank',
  title: `status ${status}`,
  status,
  detail: 'The answer is no problem document.',
  instance: headers.get('x-request-id') ?? '',
  code: 'unknown',
});

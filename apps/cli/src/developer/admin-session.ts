import { KeepError, KeepUnreachable, type Problem } from '../../../../clients/typescript/src/index.ts';
import { type Secrets, secretsFrom } from '../hidden-line.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import { firstLineOf } from '../passphrase.ts';
import { keepUrl } from './keep-url.ts';
import { loginUrl } from './login-file.ts';

export interface AdminOptions {
  /** Default: that of the login. */
  readonly url?: string;
  /** The admin's name; default: admin. */
  readonly admin?: string;
  /** Whose first line is the password; else it is asked for. */
  readonly passwordFile?: string;
}

export interface AdminSession {
  readonly url: string;
  /** Aborted at a signal of the process. */
  readonly signal: AbortSignal;
  ask<Answer>(method: 'POST' | 'GET', path: string, body?: object): Promise<Answer>;
  /** A response whose body was not read. Proves anew that the admin is there where the last proof is too old. */
  open(path: string): Promise<Response>;
  /** What a route asks for that wants the password again: with a code, a new one, where a second factor is on. */
  prove(): Promise<{ readonly password: string; readonly code?: string }>;
}

/**
 * What is done with a session of the admin, which ends with it. Password and code come from the terminal, unseen, or
 * as the first lines of standard input; nothing of them is kept beyond it. The URL is never taken from a view's
 * folder, which may be another's work and would get the password.
 */
export async function asAdmin<T>(options: AdminOptions, act: (session: AdminSession) => Promise<T>): Promise<T> {
  const url = options.url === undefined ? loginUrl() : keepUrl(options.url);
  if (url === undefined) throw new WrongUse('Which keep? Give --url, or `datakeep login --url URL` first.');
  const stop = new AbortController();
  const { signal } = stop;
  const secrets = secretsFrom(process.stdin, process.stderr);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = (): void => stop.abort(new NotDone('Interrupted.'));
  try {
    const { token, password, hasFactor } = await signIn(url, options, secrets, signal);
    for (const name of signals) process.once(name, end);
    const prove: AdminSession['prove'] = async () =>
      hasFactor ? { password, code: await secrets.ask('Another code of the second factor') } : { password };
    try {
      return await act({
        url,
        signal,
        prove,
        ask: (method, path, body) => ask({ url, token, method, path, body, signal }),
        open: async (path) => {
          const response = await send({ url, token, method: 'GET', path, signal });
          if (response.status !== 403) return whole(response);
          await whole(response).catch(async (error: unknown) => {
            if (!(error instanceof KeepError) || error.code !== 'confirmation-needed') throw error;
            await ask({ url, token, method: 'POST', path: '/session/confirm', body: await prove(), signal });
          });
          return whole(await send({ url, token, method: 'GET', path, signal }));
        },
      });
    } finally {
      // A session that cannot be ended now ends by itself.
      await ask({ url, token, method: 'DELETE', path: '/session' }).catch(() => undefined);
      for (const name of signals) process.off(name, end);
    }
  } finally {
    await secrets.end();
  }
}

interface SignedIn {
  readonly token: string;
  readonly password: string;
  readonly hasFactor: boolean;
}

async function signIn(
  url: string,
  { admin: name = 'admin', passwordFile }: AdminOptions,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<SignedIn> {
  const begin = async (body: object): Promise<string> =>
    (await ask<{ readonly token: string }>({ url, method: 'POST', path: '/session', body, signal })).token;
  const password =
    passwordFile === undefined
      ? await secrets.ask(`Password of ${name} at ${url}`)
      : firstLineOf(passwordFile, 'password');
  if (password === '') throw new WrongUse("The admin's password is needed: at the terminal, or on standard input.");
  try {
    return { token: await begin({ name, password }), password, hasFactor: false };
  } catch (error) {
    if (!(error instanceof KeepError) || error.code !== 'second-factor-required') throw error;
    const code = await secrets.ask('Code of the second factor');
    if (code === '') throw error;
    return { token: await begin({ name, password, code }), password, hasFactor: true };
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

async function send({ url, token, method, path, body, signal }: Sent): Promise<Response> {
  try {
    return await fetch(`${url.replace(/\/$/, '')}/admin/v1${path}`, {
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
  } catch (error) {
    signal?.throwIfAborted();
    throw new KeepUnreachable(`${method} ${path}`, error);
  }
}

async function ask<Answer>(sent: Sent): Promise<Answer> {
  const response = await whole(await send(sent));
  try {
    return parsed(await response.text()) as Answer;
  } catch (error) {
    sent.signal?.throwIfAborted();
    throw new KeepUnreachable(`${sent.method} ${sent.path}`, error);
  }
}

/** The response of a request that was not refused; throws the refusal. */
async function whole(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  throw new KeepError(problemOf(parsed(text)) ?? foreignProblem(response));
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

import { ImportFault } from '@datakeep/importers';
import { KeepError, KeepUnreachable } from '@datakeep/client';
import type { Calls, Failure, FromWorker, Method, ToWorker } from './calls.ts';
import { look } from './looking.ts';
import { announceWaiting, ask, connect, profilesOf, report, run, undoImport } from './sending.ts';

/** What a worker has of `self`; the program's types are those of a page. */
const scope = globalThis as unknown as {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
};

type Handler = (given: never, onProgress: (progress: unknown) => void, signal: AbortSignal) => Promise<unknown>;
const handlers: Readonly<Record<Method, Handler>> = {
  look,
  connect,
  ask,
  run,
  profilesOf,
  undo: undoImport,
  report,
} satisfies { readonly [Name in Method]: (given: Parameters<Calls[Name]>[0], ...rest: never[]) => Promise<unknown> };

announceWaiting((waiting) => scope.postMessage({ waiting }, []));

const going = new Map<number, AbortController>();

scope.addEventListener('message', ({ data }) => {
  if ('stop' in data) going.get(data.id)?.abort();
  else void answer(data.id, data.method, data.given);
});

async function answer(id: number, method: Method, given: unknown): Promise<void> {
  const stop = new AbortController();
  going.set(id, stop);
  try {
    // Safari has none; calendars are read with it.
    if (!('Temporal' in globalThis)) await import('temporal-polyfill/global');
    const result = await handlers[method](
      given as never,
      (progress) => scope.postMessage({ id, progress }, []),
      stop.signal,
    );
    scope.postMessage({ id, result }, []);
  } catch (error) {
    scope.postMessage({ id, failure: failureOf(error) }, []);
  } finally {
    going.delete(id);
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ImportFault) return { kind: 'fault', message: error.message };
  if (error instanceof KeepUnreachable) return { kind: 'unreachable' };
  if (error instanceof KeepError) {
    const { code, status, title, detail, requestId: instance, errors } = error;
    return {
      kind: 'problem',
      problem: { type: 'about:blank', code, status, title, detail, instance, errors: [...errors] },
    };
  }
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
}

import type { Change as ChangeAnswer, ChangePage, Problem } from '../generated/types.gen.ts';
import type { Connection } from '../http/connection.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { pause } from '../http/pause.ts';
import { type ClientError, KeepError, KeepUnreachable } from '../http/problem.ts';
import { eventsOf } from '../lists/server-sent-events.ts';
import type { JsonObject } from '../payload-of.ts';
import { nameOf, type ProfileRef } from './profiles.ts';

export interface Change<Payload = JsonObject> {
  readonly change: 'created' | 'modified' | 'deleted';
  /** A deleted event comes without its payload. */
  readonly event: Omit<ChangeAnswer['event'], 'payload'> & { readonly payload?: Payload };
  /** Of this change, for `since`. */
  readonly place: string;
}

/** Where a follower is, between starts of the program. */
export interface Checkpoint {
  load(): string | undefined | Promise<string | undefined>;
  save(place: string): void | Promise<void>;
}

export interface ChangesOptions<Payload = JsonObject> {
  /** Default: every profile that the app may read. */
  readonly profile?: ProfileRef<Payload> | undefined;
  /** `start`: first what is there; `now`: what comes; or a place. Default: the checkpoint's, else `now`. */
  readonly since?: 'start' | 'now' | (string & {}) | undefined;
  /** Saved when the loop asks for the next change, so that one that was not finished comes again. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Called when the stream is open, each time. */
  readonly onOpen?: (() => void) | undefined;
  /** Called when it broke off or could not be opened; it is opened again by itself. */
  readonly onProblem?: ((error: ClientError) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The keep sends something every 15 s. */
const silenceMs = 45_000;
const longestPauseMs = 15_000;

/**
 * Follows the change feed. Connections that break, and a keep that starts anew, are waited for without end; a right
 * that is gone, and a place that is too old (`changes-gone`), reject.
 */
export async function* followChanges<Payload>(
  connection: Connection,
  options: ChangesOptions<Payload>,
): AsyncGenerator<Change<Payload>, void, undefined> {
  const { checkpoint, signal, onOpen, onProblem } = options;
  const profile = options.profile === undefined ? undefined : nameOf(options.profile as ProfileRef<unknown>);
  const since = (await checkpoint?.load()) ?? options.since ?? 'now';
  let place = since === 'now' || since === 'start' ? undefined : since;
  if (since === 'start') {
    for (;;) {
      const page: ChangePage = await pageAfter(connection, profile, place, signal);
      for (const change of page.items) {
        yield change as Change<Payload>;
        await checkpoint?.save(change.place);
      }
      place = page.next;
      if (page.items.length === 0) break;
    }
    await checkpoint?.save(place);
  }
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const { change, next } of streamAfter(connection, profile, place, signal, onOpen)) {
        failures = 0;
        if (change !== undefined) yield change as Change<Payload>;
        if (next === undefined || next === place) continue;
        place = next;
        await checkpoint?.save(place);
      }
    } catch (error) {
      const goesOn = error instanceof KeepUnreachable || (error instanceof KeepError && error.status === 503);
      if (!goesOn) throw error;
      onProblem?.(error);
    }
    await pause(Math.random() * Math.min(longestPauseMs, 500 * 2 ** Math.min(failures, 10)), signal);
  }
}

async function pageAfter(
  connection: Connection,
  profile: string | undefined,
  since: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ChangePage> {
  for (;;)
    try {
      return await connection.ask<ChangePage>({
        method: 'GET',
        path: '/app/v1/events/changes',
        query: { profile, since, limit: 1000 },
        signal,
        repeatable: 'always',
      });
    } catch (error) {
      // The keep goes on where it was.
      if (!(error instanceof KeepError && error.is('query-timeout'))) throw error;
      await pause((error.retryAfter ?? 1) * 1000, signal);
    }
}

interface FeedMessage {
  readonly change?: ChangeAnswer;
  readonly next: string | undefined;
}

async function* streamAfter(
  connection: Connection,
  profile: string | undefined,
  since: string | undefined,
  signal: AbortSignal | undefined,
  onOpen: (() => void) | undefined,
): AsyncGenerator<FeedMessage, void, undefined> {
  const { controller: silence, release } = linkedAbort(signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = (): void => silence.abort(new DOMException(`nothing came for ${silenceMs} ms`, 'TimeoutError'));
  const listen = (): void => {
    timer = setTimeout(quiet, silenceMs);
  };
  listen();
  try {
    const { body } = await connection.open({
      method: 'GET',
      path: '/app/v1/events/changes',
      query: { profile, since },
      headers: { accept: 'text/event-stream' },
      signal: silence.signal,
      extraMs: null,
      repeatable: 'undone',
    });
    onOpen?.();
    for await (const { type, data, lastId } of eventsOf(body!)) {
      // Not while the caller takes its time.
      clearTimeout(timer);
      if (type === 'end') throw new KeepError(JSON.parse(data) as Problem);
      yield type === 'beat' ? { next: lastId } : { change: JSON.parse(data) as ChangeAnswer, next: lastId };
      signal?.throwIfAborted();
      listen();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof KeepError || error instanceof KeepUnreachable) throw error;
    throw new KeepUnreachable('GET /app/v1/events/changes', error);
  } finally {
    clearTimeout(timer);
    release();
  }
}

import { send } from './client.ts';
import { readEventStream } from './event-stream.ts';
import { queryClient } from './query-client.ts';
import { session } from './session.ts';

/** Which lists of this page show the things of a notice's kind: the first element of their query keys. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  // A removed app takes its requests, instances and runs along.
  app: ['apps', 'permissions', 'instances', 'runs', 'events'],
  profile: ['profiles', 'events'],
  permission: ['permissions', 'apps', 'instances'],
  event: ['events'],
  'view-template': ['templates'],
  'view-instance': ['instances', 'permissions'],
  run: ['runs', 'system'],
  index: ['indexes'],
  session: ['sessions'],
  admin: ['sessions'],
};

export type LiveState = 'connecting' | 'live' | 'away';

let state: LiveState = 'connecting';
const listeners = new Set<() => void>();

export const liveState = {
  get: (): LiveState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function become(next: LiveState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** After a broken stream: soon, then less often, ms. */
const delays = [500, 1000, 2000, 5000];

/**
 * A stream that brought nothing for so long is dead, however its connection looks: three of the keep's heartbeats are
 * missed, ms. Of a suspended computer, or of a router that forgot the connection, a browser learns no end.
 */
const silentMs = 50_000;

/** A hidden tab holds none of the six connections that a browser makes to one host (ADR 88). */
const isIdle = (): boolean => session.state !== 'signed-in' || document.visibilityState === 'hidden';

/**
 * Follows `GET /admin/v1/notifications` while there is a session and the tab is visible: one stream for the whole page.
 * Each notice makes the lists that it concerns stale, and each new stream all of them. Returns how to stop.
 */
export function followNotifications(): () => void {
  const stopping = new AbortController();
  let stream = new AbortController();
  let wake: (() => void) | undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const onChange = (): void => {
    if (isIdle()) stream.abort();
    wake?.();
  };
  const unsubscribe = session.subscribe(onChange);
  document.addEventListener('visibilitychange', onChange, { signal: stopping.signal });

  const follow = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      if (isIdle()) {
        await pause(60_000);
        continue;
      }
      const current = (stream = new AbortController());
      let silence: ReturnType<typeof setTimeout> | undefined;
      const onSign = (): void => {
        clearTimeout(silence);
        silence = setTimeout(() => {
          become('away');
          current.abort();
        }, silentMs);
      };
      onSign();
      try {
        const response = await send('/admin/v1/notifications', {
          signal: current.signal,
          headers: { accept: 'text/event-stream' },
        });
        // What changed after the first answers and before this stream is not in it.
        void queryClient.invalidateQueries();
        become('live');
        failures = 0;
        for await (const event of readEventStream(response.body!)) {
          onSign();
          if (event === undefined) continue;
          for (const key of keysOf[event] ?? []) void queryClient.invalidateQueries({ queryKey: [key] });
          void queryClient.invalidateQueries({ queryKey: ['audit'] });
        }
      } catch {
        // The lists say themselves what does not answer; the stream comes back when the keep does.
      } finally {
        clearTimeout(silence);
      }
      if (stopping.signal.aborted || isIdle()) continue;
      if (failures > 0) become('away');
      await pause(delays[Math.min(failures, delays.length - 1)]!);
      failures += 1;
    }
  };
  void follow();
  return () => {
    stopping.abort();
    stream.abort();
    unsubscribe();
    wake?.();
  };
}

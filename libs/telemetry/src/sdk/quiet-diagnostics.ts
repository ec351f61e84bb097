import type { DiagLogger } from '@opentelemetry/api';
import type { Clock, Logger } from '@datakeep/kernel';

const everyMs = 60_000;
const longest = 200;

/** What the SDK has to say, as one warning a minute at most. */
export function quietDiagnostics(logger: Logger, clock: Pick<Clock, 'monotonic'>): DiagLogger {
  let saidAt = Number.NEGATIVE_INFINITY;
  const warn = (...parts: unknown[]): void => {
    if (clock.monotonic() - saidAt < everyMs) return;
    saidAt = clock.monotonic();
    logger.warn('Traces or metrics were not sent: some of them are lost', { reason: reasonOf(parts) });
  };
  const nothing = (): void => undefined;
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}

/** The SDK logs an error as JSON of its members, stack and all. */
function reasonOf(parts: readonly unknown[]): string {
  const text = parts.filter((part) => typeof part === 'string').join(' ');
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  return (message ?? text).slice(0, longest);
}

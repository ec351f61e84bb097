import { AsyncLocalStorage } from 'node:async_hooks';
import { DatakeepError } from '../errors/datakeep-error.ts';

/** By OpenTelemetry's semantic conventions where they have a name; never a payload, a token or a person's name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly kind: 'server' | 'client' | 'internal' | 'consumer';
  readonly attributes?: SpanAttributes;
  /** W3C trace context (`traceparent`) of the parent. Absent or illegible: the span begins a trace. */
  readonly parent?: string | undefined;
  /** ms since the epoch; absent: now. */
  readonly startedAt?: number;
}

export interface Span {
  /** Its W3C trace context, for what it calls. */
  readonly traceparent: string;
  name(name: string): void;
  set(attributes: SpanAttributes): void;
  /** `error`: a stable code. */
  end(error?: string): void;
}

/** Records spans. Guarantee: it neither throws nor waits, whatever becomes of what it recorded. */
export interface Tracer {
  start(name: string, start: SpanStart): Span;
}

/** One in a process, as with OpenTelemetry's own API. Without one, every function here costs a comparison. */
let tracer: Tracer | undefined;
const scope = new AsyncLocalStorage<Span>();

/** Returns what takes it away again. */
export function installTracer(installed: Tracer): () => void {
  tracer = installed;
  return () => {
    if (tracer === installed) tracer = undefined;
  };
}

/** Undefined where nothing is traced. */
export function startSpan(name: string, start: SpanStart): Span | undefined {
  return tracer?.start(name, start);
}

/** Runs `work` in the span: what it calls, here or in other processes, is part of it. */
export function withSpan<T>(span: Span | undefined, work: () => T): T {
  return span === undefined ? work() : scope.run(span, work);
}

export function currentSpan(): Span | undefined {
  return tracer === undefined ? undefined : scope.getStore();
}

/** What makes a child of the current span elsewhere. */
export function currentTraceparent(): string | undefined {
  return currentSpan()?.traceparent;
}

/** Runs `work` in a span of its own, a child of `parent` or of the current span; without either there is none. */
export function traced<T>(name: string, start: SpanStart, work: () => Promise<T>): Promise<T> {
  if (tracer === undefined) return work();
  const parent = start.parent ?? currentTraceparent();
  return parent === undefined ? work() : inSpan(tracer.start(name, { ...start, parent }), work);
}

async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    const result = await scope.run(span, work);
    span.end();
    return result;
  } catch (error) {
    span.end(DatakeepError.from(error)?.code ?? 'internal');
    throw error;
  }
}

/** The same port, each of whose asynchronous calls is a span `<name>.<method>`. */
export function tracedPort<Port extends object>(name: string, port: Port): Port {
  const calls = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (!calls.has(key)) calls.set(key, tracedCall(`${name}.${String(key)}`, member.bind(target)));
      return calls.get(key);
    },
  });
}

function tracedCall(name: string, call: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    const parent = currentTraceparent();
    if (parent === undefined) return call(...args);
    const span = startSpan(name, { kind: 'internal', parent });
    const result = withSpan(span, () => call(...args));
    if (result instanceof Promise)
      result.then(
        () => span?.end(),
        (error: unknown) => span?.end(DatakeepError.from(error)?.code ?? 'internal'),
      );
    else span?.end();
    return result;
  };
}

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { DatakeepError } from '../errors/datakeep-error.ts';

export { type Span, SpanKind };

/** Attributes have the names of OpenTelemetry's semantic conventions; never a payload, a token or a person's name. */
export interface SpanStart extends SpanOptions {
  /** W3C trace context (`traceparent`) of the parent. Absent or illegible: the span begins a trace. */
  readonly parent?: string | undefined;
}

const scope = new AsyncLocalStorage<Span>();

/** Undefined where nothing is traced: libs/telemetry has not registered the SDK with OpenTelemetry's API. */
export function startSpan(name: string, { parent, ...options }: SpanStart): Span | undefined {
  const context = propagation.extract(ROOT_CONTEXT, { traceparent: parent });
  const span = trace.getTracer('datakeep').startSpan(name, options, context);
  return trace.isSpanContextValid(span.spanContext()) ? span : undefined;
}

/** `error`: a stable code. */
export function endSpan(span: Span | undefined, error?: string): void {
  if (error !== undefined) span?.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
  span?.end();
}

/** Runs `work` in the span: what it calls, here or in other processes, is part of it. */
export function withSpan<T>(span: Span | undefined, work: () => T): T {
  return span === undefined ? work() : scope.run(span, work);
}

export function currentSpan(): Span | undefined {
  return scope.getStore();
}

/** What makes a child of the current span elsewhere. */
export function currentTraceparent(): string | undefined {
  const span = currentSpan();
  if (span === undefined) return undefined;
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
  return carrier.traceparent;
}

/** Runs `work` in a span of its own, a child of `parent` or of the current span; without either there is none. */
export function traced<T>(name: string, start: SpanStart, work: () => Promise<T>): Promise<T> {
  const parent = start.parent ?? currentTraceparent();
  const span = parent === undefined ? undefined : startSpan(name, { ...start, parent });
  return span === undefined ? work() : inSpan(span, work);
}

async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    const result = await withSpan(span, work);
    endSpan(span);
    return result;
  } catch (error) {
    endSpan(span, codeOf(error));
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
    const span = startSpan(name, { parent });
    const result = withSpan(span, () => call(...args));
    if (result instanceof Promise)
      result.then(
        () => endSpan(span),
        (error: unknown) => endSpan(span, codeOf(error)),
      );
    else endSpan(span);
    return result;
  };
}

const codeOf = (error: unknown): string => DatakeepError.from(error)?.code ?? 'internal';

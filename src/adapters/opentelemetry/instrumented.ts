import {
  INVALID_SPAN_CONTEXT,
  trace,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';

interface DiagnosticsChannel {
  hasSubscribers?: (name: string) => boolean;
}

interface Builtins {
  getBuiltinModule?: (name: string) => unknown;
}

/** Where undici, and with it Node's own fetch, tells of each request that it makes. */
const REQUESTS_OF_UNDICI = 'undici:request:create';

/**
 * Whether spans for the requests of this fetch may be made by somebody else already: an
 * instrumentation has put a wrapper around it, or listens to undici. To listen is not to make spans,
 * and not every fetch is undici's, so {@link ChildWatch} has the last word.
 */
export const mayBeInstrumented = (fetch: unknown): boolean =>
  isWrapped(fetch) || isWrapped(globalThis.fetch) || isUndiciObserved();

/** OpenTelemetry's instrumentations mark what they have put a wrapper around. */
const isWrapped = (fetch: unknown): boolean =>
  typeof fetch === 'function' && (fetch as { __wrapped?: unknown }).__wrapped === true;

/** By the runtime's own look-up: a static import would break bundles for browsers. */
function isUndiciObserved(): boolean {
  const { getBuiltinModule } = (globalThis.process ?? {}) as Builtins;
  const channels = getBuiltinModule?.('node:diagnostics_channel') as DiagnosticsChannel | undefined;
  return channels?.hasSubscribers?.(REQUESTS_OF_UNDICI) === true;
}

/**
 * Stands in a context in the place of its span, and notices whether a child of it is started: that
 * is when somebody asks for its context.
 */
export class ChildWatch {
  readonly context: Context;
  hasChild = false;

  constructor(parent: Context) {
    const span = trace.getSpan(parent) ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const noted = (): SpanContext => {
      this.hasChild = true;
      return span.spanContext();
    };
    this.context = trace.setSpan(parent, withSpanContext(span, noted));
  }
}

/** The same span, with another way to ask for its context. */
function withSpanContext(span: Span, spanContext: () => SpanContext): Span {
  return new Proxy(span, {
    get(target, name) {
      if (name === 'spanContext') return spanContext;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

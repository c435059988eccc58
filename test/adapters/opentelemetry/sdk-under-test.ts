import {
  context,
  metrics,
  propagation,
  trace,
  type Attributes,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { MeterProvider, MetricReader, type DataPoint } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** A reader that is asked, and never asks by itself. */
class AskedReader extends MetricReader {
  override async onShutdown(): Promise<void> {}
  override async onForceFlush(): Promise<void> {}
}

/** The real SDK, with everything that it would send kept in memory. */
export interface SdkUnderTest {
  /** The spans that have ended, in this order. */
  spans(): readonly ReadableSpan[];
  /** Those of attempts, or of calls. */
  attempts(): readonly ReadableSpan[];
  calls(): readonly ReadableSpan[];
  /** The values of a metric, by the attributes that a point has. */
  points(name: string): Promise<readonly DataPoint<unknown>[]>;
  /** Of a metric that counts: what was counted with these attributes. */
  counted(name: string, attributes?: Attributes): Promise<number>;
  end(): Promise<void>;
}

/** Registers the SDK as a program does, with a context manager unless it is to do without. */
export function registerSdk({
  keepsContexts = true,
  propagator,
}: {
  readonly keepsContexts?: boolean;
  readonly propagator?: TextMapPropagator;
} = {}): SdkUnderTest {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const reader = new AskedReader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  if (keepsContexts) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  propagation.setGlobalPropagator(propagator ?? new W3CTraceContextPropagator());

  const spans = () => exporter.getFinishedSpans();
  const points = async (name: string): Promise<readonly DataPoint<unknown>[]> => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new Error(`collecting failed: ${String(errors[0])}`);
    return resourceMetrics.scopeMetrics
      .flatMap(({ metrics: all }) => all)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as readonly DataPoint<unknown>[]);
  };
  return {
    spans,
    attempts: () => spans().filter(({ name }) => name !== 'holdfast call'),
    calls: () => spans().filter(({ name }) => name === 'holdfast call'),
    points,
    async counted(name, wanted = {}) {
      const matching = (await points(name)).filter(({ attributes }) =>
        Object.entries(wanted).every(([key, value]) => attributes[key] === value),
      );
      return matching.reduce((sum, { value }) => sum + countOf(value), 0);
    },
    async end() {
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
      for (const api of [context, trace, metrics, propagation]) api.disable();
    },
  };
}

/** A counter's value, or how many values a histogram holds. */
const countOf = (value: unknown): number =>
  typeof value === 'number' ? value : (value as { readonly count: number }).count;

import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import {
  objectWith,
  readOptions,
  trueOrFalse,
  wholeNumber,
  type Checks,
  type Resolved,
} from '../../core/options.ts';

/** Who makes the spans of attempts. */
export type AttemptSpans = boolean | 'auto';

/** The telemetry that is made, and for whom. */
export interface TelemetryOptions {
  /** Who makes spans. @defaultValue the one that is registered globally */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Who takes metrics. @defaultValue the one that is registered globally */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * Whether attempts get spans, and their durations a metric, of ours. `'auto'` leaves both to an
   * instrumentation of fetch or undici where one makes them already. @defaultValue 'auto'
   */
  readonly attemptSpans?: AttemptSpans | undefined;
  /**
   * Whether requests carry the headers of the registered propagator (`traceparent`), with which the
   * server joins the trace. @defaultValue true; on a web page only for requests to its own origin,
   * since another one must allow the headers first
   */
  readonly propagate?: boolean | undefined;
  /** Whether the route of a request is told as `url.template`: on its span, and in the metric of its duration. @defaultValue false */
  readonly urlTemplate?: boolean | undefined;
  /** Query parameters whose values stay out of `url.full`, beside those that the conventions name. @defaultValue none */
  readonly sensitiveParameters?: readonly string[] | undefined;
  /** How many servers the metrics tell apart; each further one is `_OTHER`. @defaultValue 100 */
  readonly maxServers?: number | undefined;
  /** How many values of `error.type` the metrics tell apart, and how many reasons and routes. @defaultValue 50 */
  readonly maxValues?: number | undefined;
}

/** As many servers as one looks at, and as many codes as one learns. */
export const TELEMETRY_DEFAULTS = Object.freeze({
  attemptSpans: 'auto' as AttemptSpans,
  urlTemplate: false,
  sensitiveParameters: [] as readonly string[],
  maxServers: 100,
  maxValues: 50,
});

const TELEMETRY_CHECKS: Checks<TelemetryOptions> = {
  tracerProvider: objectWith('getTracer'),
  meterProvider: objectWith('getMeter'),
  attemptSpans: {
    expected: "true, false or 'auto'",
    accepts: (value) => typeof value === 'boolean' || value === 'auto',
  },
  propagate: trueOrFalse,
  urlTemplate: trueOrFalse,
  sensitiveParameters: {
    expected: 'a list of names',
    accepts: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  },
  maxServers: wholeNumber(1),
  maxValues: wholeNumber(1),
};

export type TelemetrySettings = Resolved<TelemetryOptions, typeof TELEMETRY_DEFAULTS>;

/** @throws {@link OptionError} for options that cannot work. */
export const readTelemetryOptions = (options: TelemetryOptions | undefined): TelemetrySettings =>
  readOptions('openTelemetry', options, TELEMETRY_DEFAULTS, TELEMETRY_CHECKS);

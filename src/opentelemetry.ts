export { attemptAttributes } from './adapters/opentelemetry/attempt-attributes.ts';
export { openTelemetry, type Telemetry } from './adapters/opentelemetry/open-telemetry.ts';
export {
  resilientFetch,
  type TracedFetchOptions,
} from './adapters/opentelemetry/resilient-fetch.ts';
export {
  TELEMETRY_DEFAULTS,
  type AttemptSpans,
  type TelemetryOptions,
} from './adapters/opentelemetry/telemetry-options.ts';

import type { Fetch, FetchLike, Wrapped } from '../../http/fetch.ts';
import { platformFetch } from '../../http/platform-fetch.ts';
import { resilientFetch as resilientFetchAlone } from '../../http/resilient-fetch.ts';
import type { ResilientFetchOptions } from '../../http/standard-stack.ts';
import { openTelemetry, type Telemetry } from './open-telemetry.ts';
import type { TelemetryOptions } from './telemetry-options.ts';

/** How a fetch is made to survive, and how it tells of it. */
export interface TracedFetchOptions extends ResilientFetchOptions {
  /** The options of the telemetry, or one that several fetches share. @defaultValue one for all fetches that say nothing */
  readonly telemetry?: TelemetryOptions | Telemetry | undefined;
}

// Made when it is first needed: importing does nothing.
let shared: Telemetry | undefined;

/**
 * The `resilientFetch` of `holdfast`, with spans and metrics: one span for each call, one for each
 * attempt within it, and what {@link openTelemetry} measures.
 *
 * Where no SDK of OpenTelemetry is registered it does what the other one does.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * import { resilientFetch } from 'holdfast/opentelemetry';
 *
 * export const fetch = resilientFetch();
 */
export function resilientFetch(fetch?: undefined, options?: TracedFetchOptions): Wrapped<Fetch>;
export function resilientFetch<Inner extends Fetch>(
  fetch: Inner | undefined,
  options?: TracedFetchOptions,
): Wrapped<Inner>;
export function resilientFetch<Inner extends FetchLike>(
  fetch: Inner,
  options?: TracedFetchOptions,
): Wrapped<Inner>;
export function resilientFetch(
  fetch: FetchLike = platformFetch,
  { telemetry: given, ...options }: TracedFetchOptions = {},
): FetchLike {
  const telemetry = given === undefined ? (shared ??= openTelemetry()) : telemetryOf(given);
  return telemetry.calls(resilientFetchAlone(telemetry.attempts(fetch), options));
}

const telemetryOf = (given: TelemetryOptions | Telemetry): Telemetry =>
  'attempts' in given ? given : openTelemetry(given);

import {
  metrics,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
} from '@opentelemetry/api';
import { observeState } from './state-gauges.ts';
import type { StateReadings } from './state-readings.ts';

/** The name under which holdfast makes spans and metrics. */
export const SCOPE_NAME = 'holdfast';

/** Seconds; those that the conventions name for `http.client.request.duration`. */
const HTTP_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Calls and waits take longer: a call waits, and repeats. */
const CALL_BOUNDARIES = [...HTTP_BOUNDARIES, 30, 60, 300, 900];
const ATTEMPT_BOUNDARIES = [1, 2, 3, 4, 5];

/** All that is counted and measured where it happens. */
export interface Instruments {
  readonly requestDuration: Histogram;
  readonly callDuration: Histogram;
  readonly callAttempts: Histogram;
  readonly retryDelay: Histogram;
  readonly limiterWait: Histogram;
  readonly attemptFailures: Counter;
  readonly refusals: Counter;
  readonly giveUps: Counter;
  readonly circuitChanges: Counter;
  readonly limiterPauses: Counter;
  readonly timeouts: Counter;
  readonly hedges: Counter;
  readonly failovers: Counter;
  readonly endpointOutages: Counter;
  readonly fallbacks: Counter;
  readonly coalesced: Counter;
  readonly storeErrors: Counter;
  readonly fleetStops: Counter;
  readonly streamFailures: Counter;
  readonly nestedRetries: Counter;
}

/**
 * The instruments of whoever takes metrics now. The global provider may be registered after the
 * first fetch was made, and a meter of the one before counts for nobody: so it is asked for at each
 * use, and the instruments are made anew where it is another one.
 */
export class CurrentInstruments {
  readonly #given: MeterProvider | undefined;
  readonly #readings: StateReadings;
  #provider: MeterProvider | undefined;
  #made: Instruments | undefined;
  #stopObserving: (() => void) | undefined;

  constructor(given: MeterProvider | undefined, readings: StateReadings) {
    this.#given = given;
    this.#readings = readings;
  }

  get(): Instruments {
    const provider = this.#given ?? metrics.getMeterProvider();
    if (this.#made !== undefined && provider === this.#provider) return this.#made;
    this.#stopObserving?.();
    const meter = provider.getMeter(SCOPE_NAME);
    this.#provider = provider;
    this.#made = instrumentsOf(meter);
    this.#stopObserving = observeState(meter, this.#readings);
    return this.#made;
  }
}

function instrumentsOf(meter: Meter): Instruments {
  const seconds = (name: string, description: string, boundaries: readonly number[]) =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: [...boundaries] },
    });
  const counter = (name: string, description: string, counted: string) =>
    meter.createCounter(name, { description, unit: `{${counted}}` } satisfies MetricOptions);
  return {
    requestDuration: seconds(
      'http.client.request.duration',
      'Duration of HTTP client requests.',
      HTTP_BOUNDARIES,
    ),
    callDuration: seconds(
      'holdfast.call.duration',
      'Duration of calls, waits and retries included, until there are headers or an error.',
      CALL_BOUNDARIES,
    ),
    callAttempts: meter.createHistogram('holdfast.call.attempts', {
      description: 'Attempts of each call; 0 for one that was refused.',
      unit: '{attempt}',
      advice: { explicitBucketBoundaries: ATTEMPT_BOUNDARIES },
    }),
    retryDelay: seconds('holdfast.retry.delay', 'Waits before repetitions.', CALL_BOUNDARIES),
    limiterWait: seconds(
      'holdfast.limiter.wait.duration',
      'Time that attempts stood in line for a limit; those that did not wait are left out.',
      CALL_BOUNDARIES,
    ),
    attemptFailures: counter(
      'holdfast.attempt.failures',
      'Attempts that failed, by category and error type.',
      'attempt',
    ),
    refusals: counter(
      'holdfast.refusals',
      'Attempts that were refused without asking the server.',
      'attempt',
    ),
    giveUps: counter('holdfast.give_ups', 'Failed calls that were not tried again.', 'call'),
    circuitChanges: counter(
      'holdfast.circuit.changes',
      'Changes of the state of circuits, those of single routes too.',
      'change',
    ),
    limiterPauses: counter(
      'holdfast.limiter.pauses',
      'Pauses, since the server accepted nothing.',
      'pause',
    ),
    timeouts: counter('holdfast.timeouts', 'Attempts and calls that ran out of time.', 'timeout'),
    hedges: counter('holdfast.hedges', 'Second attempts beside a first one.', 'attempt'),
    failovers: counter(
      'holdfast.endpoint.failovers',
      'Calls that went on at another endpoint, by the one that failed.',
      'call',
    ),
    endpointOutages: counter(
      'holdfast.endpoint.outages',
      'Endpoints that were taken out.',
      'outage',
    ),
    fallbacks: counter('holdfast.fallbacks', 'Fallbacks in place of a failure.', 'call'),
    coalesced: counter(
      'holdfast.coalesced',
      'Calls that shared a request that was under way.',
      'call',
    ),
    storeErrors: counter(
      'holdfast.store.errors',
      'Failures of the store of a shared limit or circuit.',
      'error',
    ),
    fleetStops: counter(
      'holdfast.fleet.stops',
      'Stops of all processes together, since the server accepted nothing.',
      'stop',
    ),
    streamFailures: counter(
      'holdfast.stream.failures',
      'Streams that failed after they had begun, by reason and error type.',
      'stream',
    ),
    nestedRetries: counter(
      'holdfast.nested_retries',
      'Requests that a client inside repeated by itself.',
      'request',
    ),
  };
}

import CircuitBreaker from 'opossum';
import type { CreateFailureRatio, FailureRatio, FailureRatioSettings } from './failure-ratio.ts';

/** opossum goes half-open by itself after this time; ours is the timing, so it never should. */
const NEVER_MS = 2 ** 31 - 1;

/** Lets opossum judge. */
export const createFailureRatio: CreateFailureRatio = (settings, outcomes, failures) =>
  new OpossumRatio(settings, outcomes, failures);

/**
 * One opossum breaker, used for its window, its threshold and its decision alone. It is given
 * outcomes that have already settled, so it never times, queues or holds a call. Its window is
 * turned by our clock instead of a timer of its own.
 */
class OpossumRatio implements FailureRatio {
  readonly #breaker: CircuitBreaker<[Reported]>;
  readonly #status: CircuitBreaker.Status;
  #turn: () => void = () => {};

  constructor(
    { opensAbovePercent, minimumCalls, windowMs }: FailureRatioSettings,
    outcomes: readonly number[],
    failures: readonly number[],
  ) {
    const window = {
      rollingCountBuckets: outcomes.length,
      rollingCountTimeout: windowMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      // Stands in for the emitter that would turn many windows at once: ours is turned by hand.
      rotateBucketController: {
        listenerCount: () => 0,
        on: (_name: string, turn: () => void) => (this.#turn = turn),
        removeListener: () => {},
      },
    };
    const status = CircuitBreaker.newStatus(window as unknown as CircuitBreaker.Options);
    this.#status = status;
    const slices = status.window as unknown as Slice[];
    slices.forEach((counts, slice) => {
      counts.fires = outcomes[slice] ?? 0;
      counts.failures = failures[slice] ?? 0;
    });
    this.#keepNoLatencies();
    this.#breaker = new CircuitBreaker((reported: Reported) => reported(), {
      ...window,
      status,
      timeout: false,
      resetTimeout: NEVER_MS,
      errorThresholdPercentage: opensAbovePercent,
      volumeThreshold: minimumCalls,
      name: 'holdfast',
    } as unknown as CircuitBreaker.Options);
  }

  succeeded(): void {
    void this.#breaker.fire(reportSuccess);
  }

  failed(): boolean {
    this.#breaker.fire(reportFailure).catch(() => {});
    return this.#breaker.opened;
  }

  turn(): void {
    this.#turn();
    this.#keepNoLatencies();
  }

  dispose(): void {
    this.#breaker.shutdown();
  }

  // opossum notes the latency of every outcome, also where nobody asks for percentiles.
  #keepNoLatencies(): void {
    const [current] = this.#status.window as unknown as Slice[];
    if (current) current.latencyTimes = NO_LATENCIES;
  }
}

/** What opossum keeps for one slice of its window, as far as it concerns us. */
interface Slice {
  fires: number;
  failures: number;
  latencyTimes: Pick<number[], 'push'>;
}

const NO_LATENCIES = { push: () => 0 };

type Reported = () => Promise<void>;

// opossum counts a failure at once if the action throws, and a success at once if what the action
// returns calls back at once. So its state is true as soon as an outcome has been reported.
const SETTLED = {
  // oxlint-disable-next-line unicorn/no-thenable -- that is the point of it
  then(settle: () => void) {
    settle();
    return { catch: () => {} };
  },
} as unknown as Promise<void>;
const REPORTED_FAILURE = new Error('an attempt failed');
const reportSuccess: Reported = () => SETTLED;
const reportFailure: Reported = () => {
  throw REPORTED_FAILURE;
};

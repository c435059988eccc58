import CircuitBreaker from 'opossum';

/** What opens a circuit. */
export interface FailureWindowSettings {
  readonly failureRatio: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
}

const SLICES = 10;
/** opossum opens above its threshold; a hair less makes that "at or above". */
const HAIR = 1e-9;
/** What opossum waits before it goes half-open by itself; the timing is ours, so it never should. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Counts the outcomes of the last `windowMs` and says when too many of them were failures.
 *
 * opossum does the judging, but only while there is a failure to judge: a key without one keeps
 * nothing but counters. It is given outcomes that have already settled, so that it never times,
 * queues or holds a call, and its window is turned by our clock instead of a timer of its own.
 */
export class FailureWindow {
  readonly #settings: FailureWindowSettings;
  readonly #sliceMs: number;
  #slice = -Infinity;
  /** Successes by slice, the current one first; made when there is one to count. */
  #successes: number[] | undefined;
  #judge: Judge | undefined;
  #failedSlice = -Infinity;

  constructor(settings: FailureWindowSettings) {
    this.#settings = settings;
    this.#sliceMs = settings.windowMs / SLICES;
  }

  succeeded(now: number): void {
    this.#turnTo(now);
    const successes = (this.#successes ??= new Array<number>(SLICES).fill(0));
    successes[0] = (successes[0] ?? 0) + 1;
    this.#judge?.succeeded();
  }

  /** @returns whether the circuit should open now. */
  failed(now: number): boolean {
    this.#turnTo(now);
    this.#failedSlice = this.#slice;
    this.#judge ??= new Judge(this.#settings, this.#successes);
    return this.#judge.failed();
  }

  /** Ends what opossum holds. */
  dispose(): void {
    this.#judge?.dispose();
    this.#judge = undefined;
  }

  #turnTo(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    const turns = Math.min(slice - this.#slice, SLICES);
    if (turns <= 0) return;
    this.#slice = slice;
    for (let turn = 0; turn < turns; turn += 1) {
      this.#successes?.pop();
      this.#successes?.unshift(0);
      this.#judge?.turn();
    }
    if (slice - this.#failedSlice >= SLICES) this.dispose();
  }
}

/** One opossum breaker, used for what it is good at: a window, a threshold and a verdict. */
class Judge {
  readonly #breaker: CircuitBreaker<[Reported]>;
  readonly #status: CircuitBreaker.Status;
  #turn: () => void = () => {};

  constructor(
    { failureRatio, minimumCalls, windowMs }: FailureWindowSettings,
    successes: readonly number[] | undefined,
  ) {
    const window = {
      rollingCountBuckets: SLICES,
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
    successes?.forEach((count, slice) => {
      const counts = slices[slice];
      if (counts) counts.fires = count;
    });
    this.#keepNoLatencies();
    this.#breaker = new CircuitBreaker((reported: Reported) => reported(), {
      ...window,
      status,
      timeout: false,
      resetTimeout: NEVER_MS,
      errorThresholdPercentage: failureRatio * 100 - HAIR,
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
  latencyTimes: Pick<number[], 'push'>;
}

const NO_LATENCIES = { push: () => 0 };

type Reported = () => Promise<void>;

// opossum counts a failure at once if the action throws, and a success at once if what the action
// returns calls back at once: so that its state is true as soon as an outcome has been reported.
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

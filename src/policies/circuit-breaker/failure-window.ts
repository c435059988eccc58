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
 * opossum does the judging, but only while there are failures to judge among enough outcomes: any
 * other key keeps nothing but counters. It is given outcomes that have already settled, so that it never times,
 * queues or holds a call, and its window is turned by our clock instead of a timer of its own.
 */
export class FailureWindow {
  readonly #settings: FailureWindowSettings;
  readonly #sliceMs: number;
  #slice = -Infinity;
  #failedSlice = -Infinity;
  /** All outcomes by slice, the current one first; made when there is one to count. */
  #outcomes: number[] | undefined;
  /** The failures among them. */
  #failures: number[] | undefined;
  #judge: Judge | undefined;

  constructor(settings: FailureWindowSettings) {
    this.#settings = settings;
    this.#sliceMs = settings.windowMs / SLICES;
  }

  succeeded(now: number): void {
    this.#turnTo(now);
    countOne((this.#outcomes ??= emptySlices()));
    this.#judge?.succeeded();
  }

  /** @returns whether the circuit should open now. */
  failed(now: number): boolean {
    this.#turnTo(now);
    this.#failedSlice = this.#slice;
    const outcomes = (this.#outcomes ??= emptySlices());
    const failures = (this.#failures ??= emptySlices());
    const seen = outcomes.reduce((sum, count) => sum + count, 0) + 1;
    if (seen >= this.#settings.minimumCalls) {
      this.#judge ??= new Judge(this.#settings, outcomes, failures);
    }
    countOne(outcomes);
    countOne(failures);
    return this.#judge?.failed() ?? false;
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
      turnSlices(this.#outcomes);
      turnSlices(this.#failures);
      this.#judge?.turn();
    }
    if (slice - this.#failedSlice < SLICES) return;
    this.#failures = undefined;
    this.dispose();
  }
}

const emptySlices = (): number[] => new Array<number>(SLICES).fill(0);

function countOne(slices: number[]): void {
  slices[0] = (slices[0] ?? 0) + 1;
}

function turnSlices(slices: number[] | undefined): void {
  slices?.pop();
  slices?.unshift(0);
}

/** One opossum breaker, used for what it is good at: a window, a threshold and a verdict. */
class Judge {
  readonly #breaker: CircuitBreaker<[Reported]>;
  readonly #status: CircuitBreaker.Status;
  #turn: () => void = () => {};

  constructor(
    { failureRatio, minimumCalls, windowMs }: FailureWindowSettings,
    outcomes: readonly number[],
    failures: readonly number[],
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
  failures: number;
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

import { AWS_STANDARD_2_0, awsStandard, type AwsRevision } from './aws-standard.ts';
import type { MakeRule } from './rule.ts';

const MIN_FILL_RATE = 0.5;
const MIN_CAPACITY = 1;
const SMOOTH = 0.8;
const BETA = 0.7;
const SCALE = 0.4;
const BUCKET_S = 0.5;
const MAX_ADJUST = 2;

/** CUBIC, as the client rate limiter of AWS's adaptive mode uses it. Rates are a second, times seconds. */
export class Cubic {
  lastMaxRate: number;
  lastThrottleAt: number;

  constructor(lastMaxRate = 0, lastThrottleAt = 0) {
    this.lastMaxRate = lastMaxRate;
    this.lastThrottleAt = lastThrottleAt;
  }

  /** The rate after a success at this moment. */
  afterSuccess(nowS: number): number {
    const windowS = Math.cbrt((this.lastMaxRate * (1 - BETA)) / SCALE);
    return SCALE * (nowS - this.lastThrottleAt - windowS) ** 3 + this.lastMaxRate;
  }

  /** The rate after a throttle at this moment, at the rate that was used. */
  afterThrottle(usedRate: number, nowS: number): number {
    this.lastMaxRate = usedRate;
    this.lastThrottleAt = nowS;
    return usedRate * BETA;
  }
}

/** The client rate limiter of AWS's adaptive mode: a token bucket that CUBIC fills, from the first throttle on. */
export class AwsRateLimiter {
  fillRate = 0;
  measuredRate = 0;
  readonly #cubic: Cubic;
  #isEnabled = false;
  #capacity = 0;
  #tokens = 0;
  #filledAt: number;
  #requests = 0;
  #lastBucket: number;

  constructor(nowS: number) {
    this.#cubic = new Cubic(0, nowS);
    this.#filledAt = nowS;
    this.#lastBucket = Math.floor(nowS);
  }

  /** How long to wait for a token, in seconds; 0 where it was taken. */
  acquire(nowS: number): number {
    if (!this.#isEnabled) return 0;
    this.#fill(nowS);
    // A sum of refills may be a hair below the whole token that it is.
    if (this.#tokens < 1 - 1e-9) return (1 - this.#tokens) / this.fillRate;
    this.#tokens = Math.max(0, this.#tokens - 1);
    return 0;
  }

  /** Learns of an answer. */
  answered(isThrottle: boolean, nowS: number): void {
    this.#measure(nowS);
    let rate: number;
    if (isThrottle) {
      const used = this.#isEnabled ? Math.min(this.measuredRate, this.fillRate) : this.measuredRate;
      rate = this.#cubic.afterThrottle(used, nowS);
      this.#isEnabled = true;
    } else {
      rate = this.#cubic.afterSuccess(nowS);
    }
    this.#fill(nowS);
    const bounded = Math.min(rate, MAX_ADJUST * this.measuredRate);
    this.fillRate = Math.max(bounded, MIN_FILL_RATE);
    this.#capacity = Math.max(bounded, MIN_CAPACITY);
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }

  #fill(nowS: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowS - this.#filledAt) * this.fillRate);
    this.#filledAt = nowS;
  }

  #measure(nowS: number): void {
    const bucket = Math.floor(nowS / BUCKET_S) * BUCKET_S;
    this.#requests += 1;
    if (bucket <= this.#lastBucket) return;
    const current = this.#requests / (bucket - this.#lastBucket);
    this.measuredRate = current * SMOOTH + this.measuredRate * (1 - SMOOTH);
    this.#requests = 0;
    this.#lastBucket = bucket;
  }
}

/** AWS's adaptive mode: the standard retries behind the rate limiter. */
export const awsAdaptive =
  (revision: AwsRevision = AWS_STANDARD_2_0): MakeRule =>
  ({ now, random }) => {
    const standard = awsStandard(revision)({ random });
    const limiter = new AwsRateLimiter(now() / 1_000);
    return {
      delayMs: () => 1_000 * limiter.acquire(now() / 1_000),
      ended(attempt, outcome) {
        if (outcome !== 'timeout') limiter.answered(outcome === 'throttle', now() / 1_000);
        standard.ended?.(attempt, outcome);
      },
      retryInMs: (attempt, outcome, header) => standard.retryInMs(attempt, outcome, header),
    };
  };

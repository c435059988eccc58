import { fullJitter } from './backoff.ts';
import type { MakeRule, Outcome, RuleCall } from './rule.ts';

/** The numbers of a revision of AWS's standard retry mode. */
export interface AwsRevision {
  readonly maxAttempts: number;
  readonly cost: Readonly<Record<Exclude<Outcome, 'answered'>, number>>;
  /** The first backoff, at most. */
  readonly baseMs: Readonly<Record<Exclude<Outcome, 'answered'>, number>>;
}

const CAPACITY = 500;
const CAP_MS = 20_000;

/** Standard mode, retry behaviour 2.0. */
export const AWS_STANDARD_2_0: AwsRevision = {
  maxAttempts: 3,
  cost: { error: 5, throttle: 5, timeout: 10 },
  baseMs: { error: 1_000, throttle: 1_000, timeout: 1_000 },
};

/** The revision of 2026, the default of the SDKs since November 2026. */
export const AWS_STANDARD_2026: AwsRevision = {
  maxAttempts: 3,
  cost: { error: 14, throttle: 5, timeout: 14 },
  baseMs: { error: 50, throttle: 1_000, timeout: 50 },
};

/** A quota of 500 for retries: a clean success gives 1, a success after a retry what that retry cost. */
export const awsStandard =
  ({ maxAttempts, cost, baseMs }: AwsRevision): MakeRule =>
  ({ random }) => {
    let quota = CAPACITY;
    const paid = new WeakMap<RuleCall, number>();
    return {
      ended({ call }, outcome) {
        if (outcome === 'answered') quota = Math.min(CAPACITY, quota + (paid.get(call) ?? 1));
      },
      retryInMs({ call, number }, outcome) {
        if (outcome === 'answered' || number >= maxAttempts) return undefined;
        const price = cost[outcome];
        if (quota < price) return undefined;
        quota -= price;
        paid.set(call, price);
        return fullJitter(random, number, baseMs[outcome], CAP_MS);
      },
    };
  };

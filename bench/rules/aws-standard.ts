import { fullJitter } from './backoff.ts';
import type { Outcome, Rule, RuleCall, RuleParts } from './rule.ts';

type Failure = Exclude<Outcome, 'answered'>;

/** The numbers of a revision of AWS's standard retry mode. */
export interface AwsRevision {
  readonly maxAttempts: number;
  /** What a retry takes from the quota. */
  readonly cost: Readonly<Record<Failure, number>>;
  /** The first backoff, at most. */
  readonly baseMs: Readonly<Record<Failure, number>>;
  readonly capMs: number;
  /** How much longer than the backoff a server's `x-amz-retry-after` may make the wait; 0 ignores it. */
  readonly maxHintBeyondMs: number;
  readonly initialQuota: number;
}

const CAPACITY = 500;

/** Standard mode, retry behaviour 2.0. */
export const AWS_STANDARD_2_0: AwsRevision = {
  maxAttempts: 3,
  cost: { error: 5, throttle: 5, timeout: 10 },
  baseMs: { error: 1_000, throttle: 1_000, timeout: 1_000 },
  capMs: 20_000,
  maxHintBeyondMs: 0,
  initialQuota: CAPACITY,
};

/** The revision of 2026, the default of the SDKs since November 2026. */
export const AWS_STANDARD_2026: AwsRevision = {
  ...AWS_STANDARD_2_0,
  cost: { error: 14, throttle: 5, timeout: 14 },
  baseMs: { error: 50, throttle: 1_000, timeout: 50 },
  maxHintBeyondMs: 5_000,
};

/** The rule, with its quota to be seen. */
export interface AwsStandardRule extends Rule {
  readonly quota: number;
}

/** A quota of 500 for retries: a clean success gives 1, a success after a retry what that retry cost. */
export const awsStandard =
  (revision: AwsRevision) =>
  ({ random }: Pick<RuleParts, 'random'>): AwsStandardRule => {
    const { maxAttempts, cost, baseMs, capMs, maxHintBeyondMs, initialQuota } = revision;
    let quota = initialQuota;
    const paid = new WeakMap<RuleCall, number>();
    return {
      get quota() {
        return quota;
      },
      ended({ call }, outcome) {
        if (outcome === 'answered') quota = Math.min(CAPACITY, quota + (paid.get(call) ?? 1));
      },
      retryInMs({ call, number }, outcome, header) {
        if (outcome === 'answered' || number >= maxAttempts) return undefined;
        const price = cost[outcome];
        if (quota < price) return undefined;
        quota -= price;
        paid.set(call, price);
        const backoffMs = fullJitter(random, number, baseMs[outcome], capMs);
        return withHint(backoffMs, header?.('x-amz-retry-after'), maxHintBeyondMs);
      },
    };
  };

function withHint(backoffMs: number, hint: string | undefined, maxBeyondMs: number): number {
  const hintMs = hint === undefined || !/^\d+$/.test(hint) ? 0 : Number(hint);
  return Math.max(backoffMs, Math.min(hintMs, backoffMs + maxBeyondMs));
}

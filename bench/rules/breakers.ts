import { fullJitter } from './backoff.ts';
import type { MakeRule, Outcome, Rule, RuleAttempt, RuleCall, RuleParts } from './rule.ts';
import { SlidingCount } from './sliding-counts.ts';

/**
 * The three states of the textbook, around retries with full jitter: open for a fixed time, then one
 * probe, everybody else refused at once. `judge` says when failures open it.
 */
function threeStates(
  { now, random }: RuleParts,
  openMs: number,
  judge: { count(outcome: Outcome): 'trip' | undefined; reset(): void },
): Rule {
  let state: 'closed' | 'open' | 'half-open' = 'closed';
  let openUntil = 0;
  let probe: RuleCall | undefined;
  const open = () => {
    state = 'open';
    openUntil = now() + openMs;
    probe = undefined;
  };
  const countProbe = (call: RuleCall, outcome: Outcome): void => {
    if (call !== probe) return;
    if (outcome !== 'answered') return open();
    state = 'closed';
    probe = undefined;
    judge.reset();
  };
  return {
    admits(call) {
      if (state === 'closed') return true;
      if (state === 'open' && now() >= openUntil) state = 'half-open';
      if (state === 'open' || probe !== undefined) return false;
      probe = call;
      return true;
    },
    ended({ call }: RuleAttempt, outcome) {
      if (state === 'half-open') countProbe(call, outcome);
      else if (state === 'closed' && judge.count(outcome) === 'trip') open();
    },
    retryInMs: ({ number }) => fullJitter(random, number, 1_000, 20_000),
  };
}

/** Opens after a run of failures: 5, for 10 s. */
export const consecutiveBreaker =
  (failures = 5, openMs = 10_000): MakeRule =>
  (parts) => {
    let run = 0;
    return threeStates(parts, openMs, {
      count(outcome) {
        run = outcome === 'answered' ? 0 : run + 1;
        return run >= failures ? 'trip' : undefined;
      },
      reset: () => void (run = 0),
    });
  };

/** Opens at a share of failures: 50 % of at least 10 in 10 s, for 30 s. */
export const ratioBreaker =
  (ratio = 0.5, windowMs = 10_000, openMs = 30_000, minimum = 10): MakeRule =>
  (parts) => {
    let all = new SlidingCount(windowMs, 10);
    let failed = new SlidingCount(windowMs, 10);
    return threeStates(parts, openMs, {
      count(outcome) {
        const now = parts.now();
        all.add(now);
        if (outcome === 'answered') return undefined;
        failed.add(now);
        const total = all.total(now);
        return total >= minimum && failed.total(now) >= ratio * total ? 'trip' : undefined;
      },
      reset() {
        all = new SlidingCount(windowMs, 10);
        failed = new SlidingCount(windowMs, 10);
      },
    });
  };

/**
 * Google's SRE book, "Handling Overload": refuses with probability
 * `(requests − K × accepts) ÷ (requests + 1)` over two minutes.
 */
export const adaptiveThrottling =
  (k = 2, windowMs = 120_000): MakeRule =>
  ({ now, random }) => {
    const requests = new SlidingCount(windowMs, 60);
    const accepts = new SlidingCount(windowMs, 60);
    return {
      admits() {
        const asked = requests.total(now());
        const refuses = Math.max(0, (asked - k * accepts.total(now())) / (asked + 1));
        requests.add(now());
        return random() >= refuses;
      },
      ended(_attempt, outcome) {
        if (outcome === 'answered') accepts.add(now());
      },
      retryInMs: () => 0,
    };
  };

import type { Attempt } from '../../core/attempt.ts';
import { healthOf, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import type { Check } from '../../core/options.ts';
import type { ControlPart } from '../control-part.ts';
import { RetryBudget, type RetryBudgetOptions } from '../retry-budget.ts';

/** What the option `budget` may be. */
export type BudgetOption = RetryBudgetOptions | RetryBudget | false | undefined;

export const budgetCheck: Check = {
  expected: 'an object of budget options, a retryBudget(), or false',
  accepts: (value) => value === false || (typeof value === 'object' && value !== null),
};

/**
 * The budget that a retry policy's option stands for.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export const budgetOf = (given: BudgetOption): RetryBudget | false =>
  given === false || isBudget(given) ? given : new RetryBudget(given, 'retry.budget');

// By shape: it may be of another copy of holdfast.
const isBudget = (given: unknown): given is RetryBudget =>
  typeof given === 'object' && given !== null && 'spend' in given;

/**
 * What a retry policy has to do with its budget; `undefined` where it would refuse nothing.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function budgetFor(
  given: BudgetOption,
  maxRetries: number,
  clock: Clock,
): BudgetOfRetry | undefined {
  const budget = budgetOf(given);
  const reserve = budget ? budget.reserveFor(maxRetries) : Infinity;
  return budget && reserve < Infinity ? new BudgetOfRetry(budget, reserve, clock) : undefined;
}

/** The budget as one retry policy uses it. */
export class BudgetOfRetry {
  readonly #budget: RetryBudget;
  readonly #reserve: number;
  readonly #clock: Clock;

  constructor(budget: RetryBudget, reserve: number, clock: Clock) {
    this.#budget = budget;
    this.#reserve = reserve;
    this.#clock = clock;
  }

  /** An attempt has ended: any answer of the server earns, one that fails the call too. */
  ended(attempt: Attempt, classification: Classification, context: Context): void {
    if (healthOf(classification) === 'healthy') this.answered(attempt, context);
  }

  answered({ endedOn }: Attempt, { call, key }: Context): void {
    const clock = this.#clock;
    this.#budget.answered(
      key,
      call.clock === clock && endedOn !== undefined ? endedOn : clock.now(),
    );
  }

  /** Pays for a repetition; why there must be none where the budget is used up. */
  pay({ key }: Context): string | undefined {
    const budget = this.#budget;
    return budget.spend(key, this.#clock.now(), this.#reserve)
      ? undefined
      : `the retry budget of ${key} is used up: ${budget.tokensPerAnswer} repetitions for each answer (budget.tokensPerAnswer)`;
  }

  /** A repetition that was paid for was not sent. */
  refund({ key }: Context): void {
    this.#budget.refund(key);
  }

  get control(): ControlPart {
    const budget = this.#budget;
    return {
      keys: () => budget.keys(),
      read: (key) => ({ budget: budget.read(key, this.#clock.now(), this.#reserve) }),
      reset: (key) => budget.forget(key),
    };
  }
}

import { KeyedStore } from '../core/keyed-store.ts';
import { nonNegative, positive, readOptions, wholeNumber, type Checks } from '../core/options.ts';

/** How many extra attempts the calls of one key may make together. A token is one extra attempt. */
export interface RetryBudgetOptions {
  /**
   * The tokens of a key at first, and after a `windowMs` in which nobody asked for one. Where it is
   * left out a retry with more `maxRetries` than that has as many. @defaultValue 5
   */
  readonly reserveTokens?: number | undefined;
  /** The tokens that each answer adds: every response below 500, whatever it says. @defaultValue 0.3 */
  readonly tokensPerAnswer?: number | undefined;
  /**
   * A key holds no more than its reserve, or `tokensPerAnswer` for each answer of the last so many
   * milliseconds where that is more. @defaultValue 30000
   */
  readonly windowMs?: number | undefined;
  /** How many keys are remembered; those that owe nothing leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Answers earn what a busy client needs to repeat all that was in flight when a server restarts. In
 * an outage there are none, so repetitions end with the reserve and never multiply traffic.
 */
export const RETRY_BUDGET_DEFAULTS = Object.freeze({
  reserveTokens: 5,
  tokensPerAnswer: 0.3,
  windowMs: 30_000,
  maxKeys: 1000,
});

const RETRY_BUDGET_CHECKS: Checks<RetryBudgetOptions> = {
  reserveTokens: nonNegative,
  tokensPerAnswer: nonNegative,
  windowMs: positive,
  maxKeys: wholeNumber(1),
};

type Settings = Readonly<Required<Record<keyof RetryBudgetOptions, number>>>;

/** The budget of a key as it stands. */
export interface BudgetReading {
  /** So many extra attempts may be made now; a part of one counts for nothing yet. */
  readonly tokens: number;
  /** So many tokens the key holds at most, by the answers that it had lately. */
  readonly mostTokens: number;
}

/**
 * One budget for each key, from which all extra attempts are paid. Moments are milliseconds on a
 * monotonic scale, the same for all who share it.
 */
export class RetryBudget {
  readonly tokensPerAnswer: number;
  readonly #reserveGiven: number | undefined;
  readonly #keys: KeyedStore<KeyBudget>;

  /**
   * @param owner - names the options in an error
   * @throws {@link OptionError} for options that cannot work.
   */
  constructor(options?: RetryBudgetOptions, owner = 'retryBudget') {
    const settings = readOptions(owner, options, RETRY_BUDGET_DEFAULTS, RETRY_BUDGET_CHECKS);
    this.tokensPerAnswer = settings.tokensPerAnswer;
    this.#reserveGiven = options?.reserveTokens;
    this.#keys = new KeyedStore<KeyBudget>(
      settings.maxKeys,
      () => new KeyBudget(settings),
      (budget) => budget.endsAt,
    );
  }

  /** The reserve for one who was promised so many retries: it holds them, unless it was given. */
  reserveFor(maxRetries: number): number {
    return this.#reserveGiven ?? Math.max(RETRY_BUDGET_DEFAULTS.reserveTokens, maxRetries);
  }

  /** The server of a key has answered. */
  answered(key: string, now: number): void {
    this.#keys.use(key).answered(now);
  }

  /**
   * Pays for one extra attempt, in one step with the question whether it can be paid for.
   *
   * @returns `false` where the budget is used up
   */
  spend(key: string, now: number, reserve = this.reserveFor(0)): boolean {
    return this.#keys.use(key).spend(now, reserve);
  }

  /** Gives back what was paid for an attempt that was not sent. */
  refund(key: string): void {
    this.#keys.peek(key)?.refund();
  }

  /** The keys of which anything is remembered. */
  keys(): Iterable<string> {
    return Array.from(this.#keys.entries(), ([key]) => key);
  }

  /** The budget of a key; `undefined` for one that it does not know. */
  read(key: string, now: number, reserve = this.reserveFor(0)): BudgetReading | undefined {
    return this.#keys.peek(key)?.read(now, reserve);
  }

  /** Forgets a key: it has its reserve again. */
  forget(key: string): void {
    this.#keys.forget(key);
  }
}

/**
 * Makes a budget that several policies share: one for each key.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const budget = retryBudget();
 * const reading = retry({ budget });
 * const writing = retry({ budget, maxRetries: 1 });
 */
export const retryBudget = (options?: RetryBudgetOptions): RetryBudget => new RetryBudget(options);

/** What is left of one key's budget. */
class KeyBudget {
  readonly #settings: Settings;
  /** Tokens above the reserve, or missing from it: one who asks may have a larger reserve than others. */
  #balance = 0;
  /** Answers that the balance does not hold yet: that is worked out only where somebody asks. */
  #unpaid = 0;
  #askedOn = -Infinity;
  /** The answers of this window, and of the one before. */
  #answers = 0;
  #answersBefore = 0;
  #windowEndsOn = -Infinity;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** From when on it can be forgotten at no loss; `-Infinity` while nothing is missing from the reserve. */
  get endsAt(): number {
    return this.#balance < 0 ? this.#askedOn + this.#settings.windowMs : -Infinity;
  }

  answered(now: number): void {
    if (now >= this.#windowEndsOn) this.#beginWindow(now);
    this.#answers += 1;
    this.#unpaid += 1;
  }

  spend(now: number, reserve: number): boolean {
    const { tokens } = this.read(now, reserve);
    this.#askedOn = now;
    if (tokens < 1) return false;
    this.#balance -= 1;
    return true;
  }

  refund(): void {
    this.#balance += 1;
  }

  read(now: number, reserve: number): BudgetReading {
    const { reserveTokens, tokensPerAnswer, windowMs } = this.#settings;
    if (now >= this.#windowEndsOn) this.#beginWindow(now);
    // As if the answers of the window before had been spread over it.
    const left = Math.min(1, (this.#windowEndsOn - now) / windowMs);
    const earned = tokensPerAnswer * (this.#answers + this.#answersBefore * left);
    const balance = this.#balance + this.#unpaid * tokensPerAnswer;
    const least = now - this.#askedOn < windowMs ? -Infinity : 0;
    this.#unpaid = 0;
    this.#balance = Math.min(Math.max(balance, least), Math.max(0, earned - reserveTokens));
    const mostTokens = Math.max(reserve, earned);
    return { tokens: Math.max(0, Math.min(mostTokens, reserve + this.#balance)), mostTokens };
  }

  #beginWindow(now: number): void {
    const { windowMs } = this.#settings;
    const isNext = now < this.#windowEndsOn + windowMs;
    this.#answersBefore = isNext ? this.#answers : 0;
    this.#answers = 0;
    this.#windowEndsOn = (isNext ? this.#windowEndsOn : now) + windowMs;
  }
}

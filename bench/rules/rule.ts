import type { Random } from 'holdfast/simulator';

/** How an attempt ended: with an answer, with an error, with a throttle, or not in time. */
export type Outcome = 'answered' | 'error' | 'throttle' | 'timeout';

/** A call, as a rule sees it. A rule may keep an object of its own for it in a `WeakMap`. */
export type RuleCall = object;

/** One attempt of a call. */
export interface RuleAttempt {
  readonly call: RuleCall;
  /** From 1. */
  readonly number: number;
}

/**
 * A published rule of when to call and when to repeat, for one process. Everything that is left out
 * lets calls through and counts nothing.
 */
export interface Rule {
  /** Whether an attempt may go out. */
  admits?(call: RuleCall): boolean;
  sent?(attempt: RuleAttempt): void;
  ended?(attempt: RuleAttempt, outcome: Outcome): void;
  /**
   * How long until the next attempt, in milliseconds; `undefined` where there is to be none. `header`
   * reads a header of the answer, if there was one.
   */
  retryInMs(
    attempt: RuleAttempt,
    outcome: Outcome,
    header?: (name: string) => string | undefined,
  ): number | undefined;
}

/** What a rule is made of: `now` gives virtual milliseconds. */
export interface RuleParts {
  readonly now: () => number;
  readonly random: Random;
}

export type MakeRule = (parts: RuleParts) => Rule;

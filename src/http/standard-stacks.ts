import { OptionError, readOptions, ownedBy } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { budgetOf } from '../policies/retry/budget-of-retry.ts';
import type { RetryOptions } from '../policies/retry/retry.ts';
import { addressOf } from './address.ts';
import type { FetchCallOptions } from './fetch-call-options.ts';
import type { PolicyFor } from './middleware.ts';
import {
  KEYED_STACK_CHECKS,
  inherit,
  isPolicy,
  joinParts,
  standardParts,
  type KeyedStackOptions,
  type PartMakers,
  type ReadyMadeLayers,
  type ResilientFetchOptions,
  type StandardParts,
  type StandardStackSettings,
} from './standard-stack.ts';

/** Options of a wrapped fetch with what they inherit. */
type Settings = StackSettings & Pick<ResilientFetchOptions, 'forKey'>;
type StackSettings = StandardStackSettings & ReadyMadeLayers & { readonly makers: PartMakers };

/**
 * The standard stack for each key and each call. Stacks of different calls share what is kept for a
 * key: its bucket, its circuit and its retry budget.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function standardStacks(given: Settings): PolicyFor {
  const settings = { ...given, retry: withBudget(given.retry) };
  const whole = new Stack(settings, standardParts(settings, settings.makers));
  const keyed = new Map<string, Stack>();
  for (const [key, own] of Object.entries(settings.forKey ?? {})) {
    keyed.set(key, keyedStack(key, own, settings, whole));
  }
  const policyFor = (key: string, call: FetchCallOptions | undefined): Policy => {
    const stack = keyed.size === 0 ? whole : (keyed.get(key) ?? whole);
    return call === undefined ? stack.policy : stack.policyFor(call);
  };
  return Object.assign(policyFor, { all: [whole, ...keyed.values()].map(({ policy }) => policy) });
}

/** So many kinds of calls keep their policies ready. */
const MAX_KINDS = 32;

class Stack {
  readonly policy: Policy;
  readonly parts: StandardParts;
  readonly #settings: StackSettings;
  /** The retries of a call that says how many there are to be. */
  #callRetry: RetryOptions | undefined;
  readonly #byCall = new Map<string, Policy>();

  constructor(settings: StackSettings, parts: StandardParts) {
    this.#settings = settings;
    this.parts = parts;
    this.policy = joinParts(parts, settings);
  }

  policyFor({ maxRetries, totalTimeoutMs }: FetchCallOptions): Policy {
    if (maxRetries === undefined && totalTimeoutMs === undefined) return this.policy;
    const kind = `${maxRetries} ${totalTimeoutMs}`;
    let policy = this.#byCall.get(kind);
    if (policy === undefined) {
      policy = this.#with({
        totalTimeoutMs,
        retry: maxRetries === undefined ? undefined : { ...this.#retryOfCalls(), maxRetries },
      });
      if (this.#byCall.size >= MAX_KINDS) this.#byCall.clear();
      this.#byCall.set(kind, policy);
    }
    return policy;
  }

  #retryOfCalls(): RetryOptions {
    return (this.#callRetry ??= withBudget(optionsIn(this.#settings.retry) ?? {}));
  }

  #with(own: KeyedStackOptions): Policy {
    return joinParts(partsWith(own, this.#settings, this.parts), this.#settings);
  }
}

function keyedStack(key: string, given: unknown, settings: Settings, whole: Stack): Stack {
  const owner = `resilientFetch.forKey[${JSON.stringify(key)}]`;
  const { origin } = addressOf(key);
  if (origin !== '' && origin !== key) {
    throw new OptionError(owner, `under the key of its calls, the origin '${origin}'`, key);
  }
  const options = readOptions(owner, given as KeyedStackOptions, {}, KEYED_STACK_CHECKS);
  checkTimes(owner, options.attemptTimeoutMs, options.totalTimeoutMs ?? settings.totalTimeoutMs);
  try {
    const merged = mergedParts(options, settings);
    const own = 'retry' in merged ? { ...merged, retry: withBudget(merged.retry) } : merged;
    return new Stack({ ...settings, ...own }, partsWith(own, settings, whole.parts));
  } catch (error) {
    throw error instanceof OptionError
      ? ownedBy(`${owner}.${error.option.split('.')[0]}`, error)
      : error;
  }
}

/** The layers of a stack in which some options are different; the others are the very same. */
function partsWith(
  own: KeyedStackOptions,
  settings: StackSettings,
  parts: StandardParts,
): StandardParts {
  const merged = mergedParts(withBreaker(own, settings), settings);
  const names = Object.keys(merged) as (keyof KeyedStackOptions)[];
  // Only what is different is made anew: a second bucket would allow twice as much.
  const made = standardParts({ ...NOTHING, ...pick(settings), ...merged }, settings.makers);
  return { ...parts, ...Object.fromEntries(names.map((name) => [name, made[name]])) };
}

/** Retry options with the budget that they stand for: retries of different calls spend from the same one. */
function withBudget<Retry extends StackSettings['retry']>(retry: Retry): Retry | RetryOptions {
  if (retry === false || (retry !== undefined && isPolicy(retry))) return retry;
  return { ...retry, budget: budgetOf(retry?.budget) };
}

const NOTHING = Object.freeze({
  retry: false,
  rateLimit: false,
  circuitBreaker: false,
  totalTimeoutMs: false,
} as const);

const pick = ({ onEvent, clock, random, attemptTimeoutMs }: StandardStackSettings) => ({
  onEvent,
  clock,
  random,
  // A breaker that is made anew is told of it.
  attemptTimeoutMs,
});

/** A breaker of ours goes by the attempt timeout: where that is different, so is the breaker. */
function withBreaker(own: KeyedStackOptions, settings: StandardStackSettings): KeyedStackOptions {
  if (own.attemptTimeoutMs === undefined || own.circuitBreaker !== undefined) return own;
  if (own.attemptTimeoutMs === settings.attemptTimeoutMs) return own;
  const { circuitBreaker = {} } = settings;
  if (circuitBreaker === false || isPolicy(circuitBreaker)) return own;
  return circuitBreaker.mode === 'classic' ? own : { ...own, circuitBreaker };
}

/** What is given for a part is laid over the options that the part has otherwise. */
function mergedParts(own: KeyedStackOptions, settings: StandardStackSettings): KeyedStackOptions {
  const merged = Object.entries(own)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const options = optionsIn(value);
      const whole = optionsIn(settings[name as keyof KeyedStackOptions]);
      return [name, options && whole ? inherit(whole, options) : value] as const;
    });
  return Object.fromEntries(merged) as KeyedStackOptions;
}

/** The options of a part; `undefined` where it is left out or a policy of the user's own. */
const optionsIn = (part: unknown): object | undefined =>
  typeof part === 'object' && part !== null && !isPolicy(part) ? part : undefined;

/**
 * An attempt timeout above the total would never strike. One that is only inherited may well be.
 *
 * @throws {@link OptionError}
 */
export function checkTimes(
  owner: string,
  attemptTimeoutMs: number | false | undefined,
  totalTimeoutMs: number | false | undefined,
): void {
  if (!attemptTimeoutMs || !totalTimeoutMs || attemptTimeoutMs <= totalTimeoutMs) return;
  throw new OptionError(
    `${owner}.attemptTimeoutMs`,
    `at most totalTimeoutMs (${totalTimeoutMs} ms), in which all attempts have to end`,
    attemptTimeoutMs,
  );
}

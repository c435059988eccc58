import {
  OptionError,
  finite,
  orFalse,
  positive,
  readOptions,
  text,
  wholeNumber,
  type Checks,
} from '../core/options.ts';
import { isPriorityWord, type Priority } from '../core/priority.ts';
import { withFields, type FetchArguments } from './fetch-arguments.ts';

/**
 * What a caller says about one call of a wrapped fetch: `fetch(url, { …init, holdfast: { … } })`. It
 * is taken out of init before the request is sent.
 */
export interface FetchCallOptions {
  /** How long this call may take until its headers are there, in milliseconds; `false` for no bound. */
  readonly totalTimeoutMs?: number | false | undefined;
  /** How often this call is tried again at most; 0 for not at all. */
  readonly maxRetries?: number | undefined;
  /**
   * Who goes first when calls wait in line: higher goes first, and the words stand for 10, 0 and −10.
   * @defaultValue by `priority` of init: 1, 0 or -1
   */
  readonly priority?: Priority | undefined;
  /** How many tokens of its limit each attempt takes. @defaultValue 1, or what the limit estimates */
  readonly weight?: number | undefined;
  /** What shares one bucket and one breaker. @defaultValue as for every call */
  readonly key?: string | undefined;
}

/** The init of a wrapped fetch: that of the fetch inside, and what the caller says about this call. */
export type WithCallOptions<Init> = Init & { readonly holdfast?: FetchCallOptions | undefined };

const FETCH_CALL_CHECKS: Checks<FetchCallOptions> = {
  totalTimeoutMs: orFalse(positive),
  maxRetries: wholeNumber(0, 'or-infinity'),
  priority: {
    expected: `a finite number, 'critical', 'normal' or 'batch'`,
    accepts: (value) => isPriorityWord(value) || finite.accepts(value),
  },
  weight: positive,
  key: text,
};

/** Whether the caller says something about this call. */
export const hasCallOptions = (init: unknown): boolean =>
  typeof init === 'object' && init !== null && 'holdfast' in init;

/**
 * Takes what the caller says about this call out of the arguments.
 *
 * @throws {@link OptionError} for options that cannot work, or that nobody knows.
 */
export function takeCallOptions([input, init]: FetchArguments): {
  readonly request: FetchArguments;
  readonly call: FetchCallOptions;
} {
  const { holdfast, ...rest } = withFields(init, {}) as WithCallOptions<RequestInit>;
  const call = readOptions('fetch.holdfast', holdfast, {}, FETCH_CALL_CHECKS);
  return { request: [input, rest], call };
}

/**
 * For a policy of the user's own, whose retries and timeouts are its own affair.
 *
 * @throws {@link OptionError} where the caller asks for what only `resilientFetch` can do.
 */
export function refuseStackOptions(call: FetchCallOptions): void {
  for (const name of ['maxRetries', 'totalTimeoutMs'] as const) {
    if (call[name] === undefined) continue;
    throw new OptionError(
      `fetch.holdfast.${name}`,
      'left out: a policy of your own has it as an option, and only resilientFetch takes it by call',
      call[name],
    );
  }
}

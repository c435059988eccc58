import {
  OptionError,
  finite,
  objectWith,
  orFalse,
  positive,
  readOptions,
  text,
  wholeNumber,
  type Checks,
} from '../core/options.ts';
import type { StreamReading } from '../classify/streams/stream-reading.ts';
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
  /** `false` where a stream of events is to be handed over unread. @defaultValue as for every call */
  readonly streams?: StreamReading | false | undefined;
  /** How long the first byte of a stream may take after its headers, in milliseconds. @defaultValue as for every call */
  readonly firstByteTimeoutMs?: number | false | undefined;
  /** The longest silence of a stream while its reader waits, in milliseconds. @defaultValue as for every call */
  readonly streamIdleTimeoutMs?: number | false | undefined;
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
  streams: orFalse(objectWith('reads', 'hold')),
  firstByteTimeoutMs: orFalse(positive),
  streamIdleTimeoutMs: orFalse(positive),
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
 * How the streams of this call are read.
 *
 * @param otherwise - how they are read where the call does not say
 * @throws {@link OptionError} for times where no stream is read: they would do nothing.
 */
export function streamsOf(
  call: FetchCallOptions,
  otherwise: StreamReading | false | undefined,
): StreamReading | false | undefined {
  const { streams = otherwise, firstByteTimeoutMs, streamIdleTimeoutMs } = call;
  const given = streamIdleTimeoutMs ?? firstByteTimeoutMs;
  if (given === undefined) return streams;
  if (streams) return streams.within({ firstByteTimeoutMs, streamIdleTimeoutMs });
  throw new OptionError('fetch.holdfast', 'without times of a stream where none is read', call);
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
